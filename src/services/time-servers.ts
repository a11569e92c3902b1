/** `ntp`: what becomes of the service of that name. */
import { isMap } from '../config/merge.ts';
import type { Config, ServiceDefinition } from '../config/schema.ts';

const SERVICE = 'ntp';
const HOST_FORM = /^[A-Za-z0-9:][A-Za-z0-9.:_-]*$/;

/** The services with what `ntp` says of theirs, and a line for each name that is none. */
export function withTimeServers(
  services: Readonly<Record<string, ServiceDefinition>>,
  ntp: Config['ntp'],
): { services: Readonly<Record<string, ServiceDefinition>>; problems: string[] } {
  const service = services[SERVICE];
  if (ntp == null || service === undefined) return { services, problems: [] };
  const { [SERVICE]: _, ...others } = services;
  if (ntp.enabled === false) return { services: others, problems: [] };
  const problems: string[] = [];
  const hosts = (key: string, names: readonly string[] | null | undefined) =>
    (names ?? []).filter((name) => {
      const isHost = HOST_FORM.test(name);
      if (!isHost) problems.push(`ntp.${key}: expected a host name, got "${name}"; ignored`);
      return isHost;
    });
  const variables = {
    NTP_SERVERS: hosts('servers', ntp.servers).join(' '),
    NTP_POOLS: hosts('pools', ntp.pools).join(' '),
  };
  if (Object.values(variables).every((names) => names === '')) return { services, problems };
  return { services: { ...services, [SERVICE]: withVariables(service, variables) }, problems };
}

function withVariables(
  service: ServiceDefinition,
  variables: Readonly<Record<string, string>>,
): ServiceDefinition {
  const { environment } = service;
  const own = isMap(environment)
    ? Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    : [];
  const list = Array.isArray(environment) ? environment : own;
  return {
    ...service,
    environment: [...list, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)],
  };
}
