/** The first process of a container, and further ones by `exec`, for the runtime. */

import { encodeUtf8 } from '../linux/bytes.ts';
import { capabilitySets } from './capabilities.ts';
import type { ContainerConfig, HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import { specRlimits } from './rlimits.ts';
import type { SpecProcess } from './runtime-spec-types.ts';
import type { ResolvedUser } from './user.ts';

/** What is known of a process besides the container's configuration. */
export interface ProcessFacts {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: ResolvedUser;
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
}

/** The container's first process. */
export function containerProcess(
  config: ContainerConfig,
  hostConfig: HostConfig,
  facts: ProcessFacts,
): SpecProcess {
  const rlimits = specRlimits(hostConfig.Ulimits);
  return {
    ...terminal(config.Tty === true, hostConfig.ConsoleSize),
    user: specUser(facts.user),
    args: checkedCommand(facts.args),
    env: facts.env,
    cwd: workingDirectory(config.WorkingDir),
    capabilities: capabilitySets(facts.capabilities),
    ...(rlimits.length > 0 && { rlimits }),
    ...(facts.noNewPrivileges && { noNewPrivileges: true }),
    oomScoreAdj: hostConfig.OomScoreAdj ?? 0,
  };
}

/** Longer ones are no paths for the kernel (PATH_MAX), and the runtime never comes to an end with their error. */
const MAXIMUM_PATH = 4095;

function checkedCommand(args: readonly string[]): readonly string[] {
  const [program = ''] = args;
  if (encodeUtf8(program).length <= MAXIMUM_PATH) return args;
  throw new FormatError(`exec: ${JSON.stringify(`${program.slice(0, 64)}…`)}: file name too long`);
}

/** What `docker exec` asks for. */
export interface ExecRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: ResolvedUser;
  readonly tty: boolean;
  /** Empty for the container's. */
  readonly workingDir?: string;
  readonly consoleSize?: readonly [height: number, width: number];
  /** For `--privileged`: all that the engine has. */
  readonly allCapabilities?: readonly string[];
}

/** A process that joins a container: as the first one, except for what the request says. */
export function execProcess(first: SpecProcess, request: ExecRequest): SpecProcess {
  const { terminal: _terminal, consoleSize: _consoleSize, ...inherited } = first;
  return {
    ...inherited,
    ...terminal(request.tty, request.consoleSize),
    user: specUser(request.user),
    args: checkedCommand(request.args),
    env: request.env,
    cwd: request.workingDir ? workingDirectory(request.workingDir) : first.cwd,
    ...(request.allCapabilities !== undefined && { capabilities: capabilitySets(request.allCapabilities) }),
  };
}

function terminal(
  tty: boolean,
  size: readonly [height: number, width: number] | null | undefined,
): Pick<SpecProcess, 'terminal' | 'consoleSize'> {
  if (!tty) return {};
  const [height, width] = size ?? [0, 0];
  return { terminal: true, ...(height > 0 && width > 0 && { consoleSize: { height, width } }) };
}

function specUser({ uid, gid, additionalGids }: ResolvedUser): SpecProcess['user'] {
  return { uid, gid, additionalGids };
}

function workingDirectory(path: string | null | undefined): string {
  if (!path) return '/';
  if (path.startsWith('/')) return path;
  throw new FormatError(`the working directory '${path}' is invalid, it needs to be an absolute path`);
}
