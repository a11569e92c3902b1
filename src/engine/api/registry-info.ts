/** What `docker info` says about registries and the way to them. */
import { environmentVariable } from '../../linux/process.ts';
import { LOOPBACK, type RegistrySettings } from '../../registry/endpoint.ts';

/** Insecure registries and mirrors as Docker sorts them: networks apart, the rest by name. */
export function registryConfig({ insecureRegistries, mirrors }: RegistrySettings) {
  const isNetwork = (entry: string) => entry.includes('/');
  const index = (Name: string, Mirrors: readonly string[], isHub: boolean) => ({
    Mirrors,
    Name,
    Official: isHub,
    Secure: isHub,
  });
  const names = insecureRegistries.filter((entry) => !isNetwork(entry));
  return {
    IndexConfigs: {
      'docker.io': index('docker.io', mirrors, true),
      ...Object.fromEntries(names.map((name) => [name, index(name, [], false)])),
    },
    InsecureRegistryCIDRs: [...LOOPBACK, ...insecureRegistries.filter(isNetwork)],
    Mirrors: mirrors.length === 0 ? null : mirrors,
  };
}

/** A proxy by its variable, as it may be shown: without its password. */
export function proxyUrl(variable: string): string {
  return (environmentVariable(variable) ?? '').replace(/\/\/[^@/]*@/, '//xxxxx:xxxxx@');
}
