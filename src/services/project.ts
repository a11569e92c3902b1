/** All services of the configuration. */
import type { Config } from '../config/schema.ts';
import { errorMessage } from '../linux/error-report.ts';
import { parseService, type Service } from './service.ts';

export interface Project {
  readonly services: readonly Service[];
  /** What is wrong with definitions, one line each. A service that cannot be used is left out. */
  readonly problems: readonly string[];
}

/** Reads `rancher.services`, with the variables of `rancher.environment`. */
export function parseProject(config: Config): Project {
  const definitions = config.rancher?.services ?? {};
  const environment = config.rancher?.environment ?? {};
  const services: Service[] = [];
  const problems: string[] = [];
  for (const name of Object.keys(definitions)) {
    try {
      const { service, warnings } = parseService(name, definitions, environment);
      problems.push(...warnings.map((warning) => `rancher.services.${name}.${warning}`));
      if (service.rules.scope === 'system') services.push(service);
      else problems.push(`rancher.services.${name}: services of User Docker are not supported yet, ignored`);
    } catch (error) {
      problems.push(`rancher.services.${name}.${errorMessage(error)}; the service is ignored`);
    }
  }
  return { services, problems };
}
