/** Kernel parameters of a container's namespaces. */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { NamespaceOwners } from './namespaces.ts';

/** Lets everybody in the container ping and listen on any port, since the namespace is the container's own. */
const NETWORK_DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_unprivileged_port_start': '0',
};
const PING_DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ping_group_range': '0 2147483647',
};

const IPC_SYSCTLS = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/**
 * The defaults and what `--sysctl` sets.
 * @throws FormatError for parameters of the whole machine, or of a namespace that is not the container's own
 */
export function containerSysctls(
  requested: HostConfig['Sysctls'],
  owners: NamespaceOwners,
  hasOwnUsers = false,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(requested ?? {})) checkSysctl(name, owners);
  return {
    ...(owners.network === 'own' && NETWORK_DEFAULTS),
    // Groups of the machine that a user namespace does not have cannot be allowed in it.
    ...(owners.network === 'own' && !hasOwnUsers && PING_DEFAULTS),
    ...requested,
  };
}

function checkSysctl(name: string, owners: NamespaceOwners): void {
  const normal = normaliseSysctl(name);
  const refuse = (reason: string): never => {
    throw new FormatError(`sysctl "${name}" ${reason}`);
  };
  if (normal === 'kernel.hostname') refuse('conflicts with the hostname of the container');
  if (IPC_SYSCTLS.has(normal) || normal.startsWith('fs.mqueue.')) {
    if (owners.ipc === 'host') refuse("is not allowed in the host's ipc namespace");
  } else if (normal.startsWith('net.')) {
    if (owners.network === 'host') refuse('not allowed in host network namespace');
  } else if (normal === 'kernel.domainname') {
    if (owners.uts === 'host') refuse("is not allowed in the host's uts namespace");
  } else {
    refuse('is not in a separate kernel namespace');
  }
}

/** Both `net/ipv4/ip_forward` and `net.ipv4.ip_forward` are in use (sysctl.d(5)): the first separator decides. */
function normaliseSysctl(name: string): string {
  return /^[^./]*\//.test(name) ? name.replaceAll('/', '.') : name;
}
