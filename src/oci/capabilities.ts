/** Which capabilities a container has (capabilities(7)), by the rules of `--cap-add`, `--cap-drop`, `--privileged`. */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { SpecCapabilities } from './runtime-spec-types.ts';

/** All capabilities of Linux in the order of their numbers, 0 to 40 (linux/capability.h). */
export const LINUX_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

/** What every container has, in Docker's order. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

const ALL = 'ALL';

/** The capabilities in a mask as `/proc/<pid>/status` shows it in hexadecimal digits (`CapBnd`). */
export function capabilitiesOfMask(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return LINUX_CAPABILITIES.filter((_, number) => ((bits >> BigInt(number)) & 1n) === 1n);
}

/**
 * Names as people write them (`net_admin`, `CAP_NET_ADMIN`, `all`) in full and upper case.
 * @param available what the engine itself has
 * @throws FormatError for one that does not exist or is not available
 */
export function normaliseCapabilities(names: readonly string[], available: readonly string[]): string[] {
  return names.map((given) => {
    const upper = given.toUpperCase();
    if (upper === ALL) return ALL;
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!LINUX_CAPABILITIES.includes(name)) throw new FormatError(`unknown capability: "${name}"`);
    if (!available.includes(name)) {
      throw new FormatError(
        `capability not supported by your kernel or not available in the current environment: "${name}"`,
      );
    }
    return name;
  });
}

/** The capabilities of a container. */
export function containerCapabilities(
  hostConfig: Pick<HostConfig, 'CapAdd' | 'CapDrop' | 'Privileged'>,
  available: readonly string[],
): readonly string[] {
  if (hostConfig.Privileged === true) return available;
  const added = normaliseCapabilities(hostConfig.CapAdd ?? [], available);
  const dropped = normaliseCapabilities(hostConfig.CapDrop ?? [], available);
  if (added.includes(ALL)) return available.filter((name) => !dropped.includes(name));
  if (dropped.includes(ALL)) return [...new Set(added)];
  const kept = DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...added])];
}

/** In the form of the runtime specification; like Docker, nothing is inheritable or ambient. */
export function capabilitySets(names: readonly string[]): SpecCapabilities {
  return { bounding: names, effective: names, permitted: names };
}
