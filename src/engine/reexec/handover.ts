/** What an engine leaves to the one that replaces it in the same process: JSON, in a file in memory. */
import { close, setCloseOnExec } from '../../linux/file-descriptor.ts';
import { makeMemoryFile, readMemoryFile } from '../../linux/memory-file.ts';
import type { SpecProcess } from '../../oci/runtime-spec-types.ts';
import type { ContainerRecord } from '../containers/container.ts';
import type { ExecConfig } from '../containers/exec.ts';
import type { OutputName } from '../stdcopy.ts';

/** Counted up when the next field changes its meaning: an engine takes over only from one of its own format. */
export const HANDOVER_FORMAT = 2;

/** The flag of the daemon that names the descriptor of a handover. */
export const HANDOVER_FLAG = '--handover';

/** The arguments of a daemon without that flag. */
export function withoutHandover(args: readonly string[]): string[] {
  const at = args.indexOf(HANDOVER_FLAG);
  return at < 0 ? [...args] : args.toSpliced(at, 2);
}

export interface Handover {
  readonly format: typeof HANDOVER_FORMAT;
  /** The sockets of the API, by the addresses of the command line. */
  readonly listeners: Readonly<Record<string, number>>;
  /** The connection of the client that asked for it, and gets its answer when all is done. */
  readonly client: number;
  readonly containers: readonly ContainerHandover[];
  /** The latest events, their `timeNano` as text. */
  readonly events: readonly object[];
}

/** A container that runs, or is about to be restarted. */
export interface ContainerHandover {
  readonly record: ContainerRecord;
  readonly restartDelay: number;
  /** What only a container that runs has. */
  readonly run?: {
    readonly process: SpecProcess | undefined;
    readonly ends: EndsHandover;
    /** The beginnings of lines that are not in the log yet. */
    readonly heldOutput: Readonly<Record<OutputName, readonly number[]>>;
    readonly execs: readonly ExecHandover[];
  };
}

/** An exec that runs. */
export interface ExecHandover {
  readonly id: string;
  readonly config: ExecConfig;
  readonly command: readonly string[];
  readonly pid: number;
  readonly ends: EndsHandover;
}

/** The descriptors of a process's streams. */
export interface EndsHandover {
  readonly stdin?: number | undefined;
  readonly stdout: number;
  readonly stderr?: number | undefined;
  readonly isTerminal: boolean;
}

/** Writes it down. Returns the descriptor. */
export function writeHandover(handover: Handover): number {
  return makeMemoryFile('handover', JSON.stringify(handover));
}

/** Reads and closes it. Throws an Error if it is of another format. */
export function readHandover(fd: number): Handover {
  setCloseOnExec(fd, true);
  const handover = JSON.parse(readMemoryFile(fd)) as Handover;
  close(fd);
  const { format } = handover;
  if (format !== HANDOVER_FORMAT) throw new Error(`a handover of format ${format}, not ${HANDOVER_FORMAT}`);
  return handover;
}

/** All descriptors that it names. */
export function descriptorsOf({ listeners, client, containers }: Handover): number[] {
  const ofEnds = ({ stdin, stdout, stderr }: EndsHandover) => [stdin, stdout, stderr];
  const ofContainers = containers.flatMap(({ run }) =>
    run === undefined ? [] : [run.ends, ...run.execs.map(({ ends }) => ends)].flatMap(ofEnds),
  );
  return [...Object.values(listeners), client, ...ofContainers].filter((fd) => fd !== undefined);
}
