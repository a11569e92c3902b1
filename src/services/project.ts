/** All services of the configuration. */
import { configuredEnvironment } from '../config/environment.ts';
import { CONSOLE_SERVICE } from '../config/planned-file.ts';
import type { Config, ServiceDefinition } from '../config/schema.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readTextIfExists } from '../linux/file.ts';
import type { ReadFile } from './env-file.ts';
import { parseService, type Service } from './service.ts';
import { withTimeServers } from './time-servers.ts';

export interface Project {
  readonly services: readonly Service[];
  /** What is wrong with definitions, one line each. A service that cannot be used is left out. */
  readonly problems: readonly string[];
}

/**
 * Reads `rancher.services`, with the variables of `rancher.environment` and the proxies. What `rancher.services_include` switches off, and
 * what belongs to a profile that is not in the variable COMPOSE_PROFILES, is left out.
 */
export function parseProject(config: Config, readFile: ReadFile = readTextIfExists): Project {
  const { services: definitions, problems } = withTimeServers(enabledServices(config), config.ntp);
  const environment = configuredEnvironment(config);
  const services: Service[] = [];
  for (const name of Object.keys(definitions)) {
    try {
      const { service, warnings } = parseService(name, definitions, environment, readFile);
      problems.push(...warnings.map((warning) => `rancher.services.${name}.${warning}`));
      if (!isWanted(service, environment['COMPOSE_PROFILES'] ?? '')) continue;
      const files = (config.write_files ?? []).filter(({ container }) => container === name);
      if (service.rules.scope === 'system') services.push({ ...service, files });
      else problems.push(`rancher.services.${name}: services of User Docker are not supported yet, ignored`);
    } catch (error) {
      problems.push(`rancher.services.${name}.${errorMessage(error)}; the service is ignored`);
    }
  }
  for (const { path, container } of config.write_files ?? []) {
    if (container == null || container === CONSOLE_SERVICE || Object.hasOwn(definitions, container)) continue;
    problems.push(`write_files: ${path ?? ''}: container: there is no service ${container}`);
  }
  return { services, problems };
}

/** Without those that `rancher.services_include` has as `false`. */
export function enabledServices({ rancher }: Config): Record<string, ServiceDefinition> {
  const include = rancher?.services_include ?? {};
  const entries = Object.entries(rancher?.services ?? {});
  return Object.fromEntries(entries.filter(([name]) => include[name] !== false));
}

function isWanted({ profiles }: Service, active: string): boolean {
  const names = active.split(',').map((name) => name.trim());
  return profiles.length === 0 || profiles.some((profile) => profile === '*' || names.includes(profile));
}
