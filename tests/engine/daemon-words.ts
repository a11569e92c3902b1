import type { MachineOptions } from './machine-under-test.ts';

/** The keys of the configuration that say the same as a flag of the daemon. */
const flags: Readonly<Record<string, (value: string) => [key: string, value: string]>> = {
  '--insecure-registry': (value) => ['rancher.system_docker.insecure_registry', value],
  '--registry-mirror': (value) => ['rancher.system_docker.registry_mirror', value],
  '--userns-remap': () => ['rancher.system_docker.userns_enabled', 'true'],
};

/** The same for variables. */
const variables: Readonly<Record<string, string>> = {
  HTTP_PROXY: 'rancher.network.http_proxy',
  HTTPS_PROXY: 'rancher.network.https_proxy',
  NO_PROXY: 'rancher.network.no_proxy',
};

/**
 * The kernel words that have the OS start its daemon like this; empty if it need not be told anything.
 * @throws when it has no key for that
 */
export function daemonWords({ daemonArguments = [], environment = {} }: MachineOptions): string {
  const settings = new Map<string, string[]>();
  const add = (key: string, value: string) => settings.set(key, [...(settings.get(key) ?? []), value]);
  for (let index = 0; index < daemonArguments.length; index += 2) {
    const [flag = '', value = ''] = daemonArguments.slice(index, index + 2);
    const setting = flags[flag]?.(value);
    if (!setting) throw new Error(`the OS has no key for ${flag}`);
    add(...setting);
  }
  for (const [name, value] of Object.entries(environment)) {
    const key = variables[name];
    if (key === undefined) throw new Error(`the OS has no key for ${name}`);
    add(key, value);
  }
  return [...settings]
    .map(([key, values]) => {
      const isList = key === 'rancher.system_docker.insecure_registry';
      return `${key}=${isList ? `[${values.join(',')}]` : values.join()}`;
    })
    .join(' ');
}
