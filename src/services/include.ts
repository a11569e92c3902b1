/** `rancher.services_include`: services whose definitions lie elsewhere. */
import { isMap, merge } from '../config/merge.ts';
import type { Config, ServiceDefinition } from '../config/schema.ts';
import { errorMessage } from '../linux/error-report.ts';
import type { Catalogue, NetworkUse } from './catalogue.ts';
import { UnreachableError } from './service-error.ts';

export interface Included {
  /** With the definitions among `rancher.services`. What the configuration itself says of a service goes over them. */
  readonly config: Config;
  /** Names whose definitions could not be had, with the reasons. */
  readonly missing: ReadonlyMap<string, string>;
  /** Whether some of them may be had another time. */
  readonly mayComeLater: boolean;
}

/** Adds the definitions of all names that are `true`. Those that the configuration defines whole are there already. */
export async function includeServices(
  config: Config,
  openCatalogue: () => Promise<Catalogue>,
  use: NetworkUse,
): Promise<Included> {
  const wanted = Object.entries(config.rancher?.services_include ?? {}).flatMap(([name, isWanted]) =>
    isWanted && config.rancher?.services?.[name]?.['image'] === undefined ? [name] : [],
  );
  const missing = new Map<string, string>();
  if (wanted.length === 0) return { config, missing, mayComeLater: false };
  let mayComeLater = false;
  const catalogue = await openCatalogue();
  let services: Record<string, ServiceDefinition> = {};
  for (const name of wanted) {
    try {
      for (const [service, definition] of Object.entries(await catalogue.definitions(name, use))) {
        if (isMap(definition)) services = { ...services, [service]: definition };
      }
    } catch (error) {
      missing.set(name, errorMessage(error));
      mayComeLater ||= error instanceof UnreachableError;
    }
  }
  const merged = merge(services, config.rancher?.services ?? {}) as Record<string, ServiceDefinition>;
  return { config: { ...config, rancher: { ...config.rancher, services: merged } }, missing, mayComeLater };
}
