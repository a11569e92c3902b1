/**
 * The `config.json` that makes crun run a container as Docker would: from the configuration of a create request and
 * the facts which the engine has found out. For cgroup v2 only.
 */
import { containerCapabilities } from './capabilities.ts';
import { commandLine } from './command.ts';
import type { ContainerConfig, HostConfig } from './container-config.ts';
import { containerProcess } from './container-process.ts';
import { containerDevices, type Device, type GrantedDevice } from './devices.ts';
import { processEnvironment } from './environment.ts';
import { FormatError } from './errors.ts';
import {
  type BindMount,
  containerMounts,
  DEFAULT_MASKED_PATHS,
  DEFAULT_READONLY_PATHS,
  rootPropagation,
} from './mounts.ts';
import { type NamespacePaths, namespaceOwners, specNamespaces } from './namespaces.ts';
import { type DeviceNumbers, specResources } from './resources.ts';
import type { RuntimeSpec, SpecMount, SpecProcess, SpecSeccomp } from './runtime-spec-types.ts';
import { resolveSeccompProfile, type SeccompProfile } from './seccomp.ts';
import { parseSecurityOptions, type SecurityOptions } from './security-options.ts';
import { containerSysctls } from './sysctls.ts';
import type { ResolvedUser } from './user.ts';

const OCI_VERSION = '1.2.1';
/** Where the init program of `--init` stands in the container. */
const INIT_PATH = '/sbin/docker-init';

/** What is the same for all containers of the machine. */
export interface HostFacts {
  readonly architecture: 'amd64' | 'arm64';
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
  /** The capabilities that the engine has itself. */
  readonly capabilities: readonly string[];
  /** Every device node of the host, for privileged containers; read it only for those. */
  readonly devices: readonly Device[];
  /** The engine's own profile; undefined if its kernel has no seccomp. */
  readonly seccompProfile: SeccompProfile | undefined;
  /** The program that `--init` starts first. */
  readonly initPath: string;
}

/** What the engine found out about one container. */
export interface ContainerFacts {
  readonly rootfs: string;
  readonly user: ResolvedUser;
  /** Binds, volumes and the container's own `/etc` files, with clean absolute paths. Tmpfs are not among them. */
  readonly binds: readonly BindMount[];
  readonly namespacePaths: NamespacePaths;
  /** Where a shared `/dev/shm` lies, for the IPC modes `shareable` and `container:`. */
  readonly shmPath?: string;
  readonly cgroupsPath: string;
  /** What `Devices` names, found on the host. */
  readonly devices: readonly GrantedDevice[];
  /** The numbers of the devices that `Blkio…` limits name, by path. */
  readonly blockDevices: ReadonlyMap<string, DeviceNumbers>;
}

/**
 * @param config merged with the image's, and with `Hostname` filled in
 * @throws FormatError in Docker's words if the request cannot be carried out
 */
export function runtimeSpec(
  config: ContainerConfig,
  hostConfig: HostConfig,
  facts: ContainerFacts,
  host: HostFacts,
): RuntimeSpec {
  const owners = namespaceOwners(hostConfig);
  const security = parseSecurityOptions(hostConfig.SecurityOpt);
  const capabilities = containerCapabilities(hostConfig, host.capabilities);
  const { devices, rules } = containerDevices(hostConfig, facts.devices, host.devices);
  const hasInit = hostConfig.Init === true && owners.pid === 'own';
  const hostname = config.Hostname ?? '';
  const isOwnHost = owners.uts === 'own';
  const sysctl = containerSysctls(hostConfig.Sysctls, owners, facts.namespacePaths.user !== undefined);
  const seccomp = containerSeccomp(hostConfig, security, capabilities, host);
  const propagation = rootPropagation(facts.binds);
  const annotations = hostConfig.Annotations ?? {};
  return {
    ociVersion: OCI_VERSION,
    process: containerProcess(config, hostConfig, {
      args: [...(hasInit ? [INIT_PATH, '--'] : []), ...commandLine(config)],
      env: processEnvironment({ hostname, tty: config.Tty === true }, config.Env ?? []),
      user: facts.user,
      capabilities,
      noNewPrivileges: security.noNewPrivileges,
    }),
    root: { path: facts.rootfs, ...(hostConfig.ReadonlyRootfs === true && { readonly: true }) },
    ...(isOwnHost && hostname !== '' && { hostname }),
    ...(isOwnHost && config.Domainname && { domainname: config.Domainname }),
    mounts: containerMounts({
      hostConfig,
      binds: facts.binds,
      shmPath: facts.shmPath,
      writableCgroups: security.writableCgroups,
      first: hasInit ? [initMount(host.initPath)] : [],
    }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    linux: {
      namespaces: specNamespaces(owners, facts.namespacePaths),
      cgroupsPath: facts.cgroupsPath,
      resources: specResources(hostConfig, rules, facts.blockDevices),
      ...(devices.length > 0 && { devices }),
      ...(Object.keys(sysctl).length > 0 && { sysctl }),
      ...(seccomp !== undefined && { seccomp }),
      ...hiddenPaths(hostConfig),
      ...(propagation !== undefined && { rootfsPropagation: propagation }),
    },
  };
}

/**
 * The text of `config.json`, or of the document for `crun exec --process`.
 * @throws FormatError if a string holds a NUL, which would end it for the kernel
 */
export function formatRuntimeSpec(spec: RuntimeSpec | SpecProcess): string {
  // JSON.stringify cannot write integers above 2^53 (rlimits). They pass through it as strings marked by a NUL.
  const text = JSON.stringify(spec, (key, value) => {
    if (typeof value === 'bigint') return `\u0000${value}`;
    const nul = [key, value].find((part) => typeof part === 'string' && part.includes('\u0000'));
    if (nul !== undefined) throw new FormatError(`${JSON.stringify(nul)} contains a NUL byte`);
    return value;
  });
  return text.replace(/"\\u0000([0-9]+)"/g, '$1');
}

function containerSeccomp(
  { Privileged }: HostConfig,
  { seccomp }: SecurityOptions,
  capabilities: readonly string[],
  { seccompProfile, architecture, kernelRelease }: HostFacts,
): SpecSeccomp | undefined {
  if (seccomp === 'unconfined') return undefined;
  const builtIn = Privileged === true ? undefined : seccompProfile;
  const profile = seccomp === 'default' ? builtIn : seccomp;
  return profile && resolveSeccompProfile(profile, { capabilities, architecture, kernelRelease });
}

/** Privileged containers see everything; a request may name its own lists, and empty ones. */
function hiddenPaths({ Privileged, MaskedPaths, ReadonlyPaths }: HostConfig): object {
  if (Privileged === true) return {};
  return {
    maskedPaths: MaskedPaths ?? DEFAULT_MASKED_PATHS,
    readonlyPaths: ReadonlyPaths ?? DEFAULT_READONLY_PATHS,
  };
}

function initMount(source: string): SpecMount {
  return { destination: INIT_PATH, type: 'bind', source, options: ['bind', 'ro'] };
}
