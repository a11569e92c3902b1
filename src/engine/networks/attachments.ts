/** Which networks a new container is to join: `NetworkMode` and `NetworkingConfig` of its request. */
import * as v from 'valibot';
import { errorMessage } from '../../linux/error-report.ts';
import type { ContainerConfig, HostConfig } from '../../oci/container-config.ts';
import { checkValue } from '../../oci/json.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import { invalidParameter } from '../errors.ts';
import { type Attachment, checkSettings, type EndpointSettings, endpointSettingsSchema } from './endpoint.ts';
import type { NetworkStore } from './network-store.ts';

const schema = v.nullish(
  v.object({ EndpointsConfig: v.nullish(v.record(v.string(), v.nullish(endpointSettingsSchema))) }),
);

/**
 * Reads the networks of a create request.
 * @param networkingConfig the request's `NetworkingConfig`
 * @returns by the networks' names; a network need not exist before the container starts
 * @throws FormatError, or EngineError 400 for what cannot be
 */
export function requestedAttachments(
  networks: NetworkStore,
  networkingConfig: unknown,
  config: ContainerConfig,
  { NetworkMode }: HostConfig,
): Record<string, Attachment> {
  const mode = NetworkMode ?? '';
  const asked = checkValue(schema, networkingConfig, 'NetworkingConfig')?.EndpointsConfig ?? {};
  if (joinedContainer(mode) !== undefined) return {};
  const nameOf = (reference: string) => networks.find(reference)?.name ?? reference;
  const main = nameOf(mode);
  // Clients say "default" for whatever network is the default.
  const byName = Object.entries(asked).map(
    ([key, settings]) => [key === 'default' ? main : nameOf(key), settings ?? {}] as const,
  );
  const settings = new Map<string, EndpointSettings>([[main, {}], ...byName]);
  const isAlone = mode === 'host' || mode === 'none';
  if (isAlone && settings.size > 1) {
    throw invalidParameter(
      `conflicting options: cannot attach a container of network mode ${mode} to other networks`,
    );
  }
  const mainSettings = settings.get(main) ?? {};
  if (config.MacAddress && !mainSettings.MacAddress && !isAlone) {
    settings.set(main, { ...mainSettings, MacAddress: config.MacAddress });
  }
  return Object.fromEntries([...settings].map(([name, own]) => [name, attachment(networks, name, own)]));
}

function attachment(networks: NetworkStore, name: string, settings: EndpointSettings): Attachment {
  const network = networks.find(name);
  try {
    if (network !== undefined) checkSettings(network, settings);
  } catch (error) {
    throw invalidParameter(`invalid config for network ${name}: ${errorMessage(error)}`, { cause: error });
  }
  return { settings, networkId: '' };
}
