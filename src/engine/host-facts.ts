/** What the engine finds out about its machine once, at its start. */
import { readDirectory, readText, readTextIfExists } from '../linux/file.ts';
import { lstat } from '../linux/file-status.ts';
import { systemName } from '../linux/system-name.ts';
import { capabilitiesOfMask } from '../oci/capabilities.ts';
import type { Device } from '../oci/devices.ts';
import { dockerSeccompProfile } from '../oci/docker-seccomp.ts';
import type { HostFacts } from '../oci/runtime-spec.ts';
import { parseSeccompProfile, type SeccompProfile } from '../oci/seccomp.ts';

export interface HostFactsOptions {
  /** A seccomp profile in the format of containers-common; without the file containers run without one. */
  readonly seccompProfile: string;
  readonly initPath: string;
}

/** Reads kernel, capabilities and the seccomp profile. Devices are looked up when a container needs them. */
export function readHostFacts(options: HostFactsOptions): HostFacts {
  const { release } = systemName();
  return {
    architecture: host.architecture === 'x86_64' ? 'amd64' : 'arm64',
    kernelRelease: release,
    capabilities: ownCapabilities(),
    devices: [],
    seccompProfile: readSeccompProfile(options.seccompProfile),
    initPath: options.initPath,
  };
}

/** The effective capabilities of this process (proc_pid_status(5)). */
function ownCapabilities(): string[] {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/self/status'))?.[1] ?? '0';
  return capabilitiesOfMask(mask);
}

function readSeccompProfile(path: string): SeccompProfile | undefined {
  const text = readTextIfExists(path);
  return text === undefined ? undefined : dockerSeccompProfile(parseSeccompProfile(text));
}

/** Every device node of the host, as a privileged container gets them; without terminals of others and shm. */
export function hostDevices(directory = '/dev'): Device[] {
  const skipped = ['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev'];
  return readDirectory(directory).flatMap((name) => {
    if (skipped.includes(name)) return [];
    const path = `${directory}/${name}`;
    const { type, mode, uid, gid, node } = lstat(path);
    if (type === 'directory') return hostDevices(path);
    if (type !== 'character' && type !== 'block') return [];
    return [{ path, type: type === 'block' ? 'b' : 'c', fileMode: mode, uid, gid, ...node } satisfies Device];
  });
}
