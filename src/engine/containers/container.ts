/**
 * A container: what is written to disk about it, and what only exists while the engine runs.
 *
 * States and what leads from one to the next:
 *
 *     created ── start ──→ running ── pause ──→ paused
 *     exited  ── start ──→ running ←─ unpause ─ paused
 *     running ── its process ends ──→ exited, or by its restart policy: restarting ── delay over ──→ running
 *     created, exited, dead (and with force: any) ── remove ──→ removing ──→ gone
 *     removing ── the engine died half-way ──→ dead
 */
import type { ContainerConfig, HostConfig } from '../../oci/container-config.ts';
import type { Digest } from '../../oci/digest.ts';
import type { SpecProcess } from '../../oci/runtime-spec-types.ts';
import type { JsonFileLog } from '../logs/json-file-log.ts';
import type { Attachment } from '../networks/endpoint.ts';
import type { Link } from '../networks/links.ts';
import type { PublishedPort } from '../networks/port-bindings.ts';
import { ContainerStreams } from '../streams/container-streams.ts';
import type { Exec } from './exec.ts';
import type { Health } from './health-check.ts';
import type { MountPoint } from './mount-points.ts';

export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** Docker's zero time. */
export const NEVER = '0001-01-01T00:00:00Z';

export interface ContainerState {
  status: ContainerStatus;
  /** In this engine's PID namespace; 0 when it does not run. */
  pid: number;
  exitCode: number;
  /** Why the last start failed, or empty. */
  error: string;
  oomKilled: boolean;
  /** RFC 3339, or `NEVER`. */
  startedAt: string;
  finishedAt: string;
  /** If it has a health check. */
  health?: Health;
}

/** What `container.json` holds. */
export interface ContainerRecord {
  readonly id: string;
  /** Without the slash that the API puts before it. */
  name: string;
  /** RFC 3339. */
  readonly created: string;
  /** `sha256:…` */
  readonly imageId: Digest;
  /** The request's configuration completed by the image's. `Image` is the name that was asked for. */
  readonly config: ContainerConfig;
  /** The request's, with defaults filled in. */
  hostConfig: HostConfig;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly mounts: readonly MountPoint[];
  /** By the names of the networks; empty if it has another container's. */
  readonly networks: Record<string, Attachment>;
  /** To others on the default bridge. */
  links?: readonly Link[];
  /** While it runs. */
  ports: readonly PublishedPort[];
  state: ContainerState;
  restartCount: number;
  /** Stopped by a person: `unless-stopped` does not start it again. */
  isManuallyStopped: boolean;
}

/** Every end of the process, its end without a restart to follow, or the removal of the container. */
export type WaitCondition = 'exit' | 'stop' | 'removal';

/** What `docker wait` learns. */
export interface WaitResult {
  readonly exitCode: number;
  /** Why it could not be removed, or empty. */
  readonly error: string;
}

export class Container {
  readonly record: ContainerRecord;
  readonly streams = new ContainerStreams();
  /** While it runs and has a log that can be read. */
  log: JsonFileLog | undefined;
  /** The first process, as the runtime was told; while it runs. */
  process: SpecProcess | undefined;
  readonly execs = new Map<string, Exec>();
  /** Cancels the pending restart. */
  cancelRestart: (() => void) | undefined;
  /** Ends the probing of its health. */
  stopHealthMonitor: (() => void) | undefined;
  /** How many of its processes were ended for lack of memory in this run. */
  outOfMemoryKills = 0;
  /** How many work with its files beside its processes, see root-filesystem.ts. */
  rootUsers = 0;
  /** Where its files lie after its removal, as long as there are such users. */
  remains: string | undefined;
  /** Set by stop and kill, so that the exit is not taken for a crash. */
  isStopping = false;
  /** Between the two halves of `docker restart`: `--rm` does not take effect. */
  isRestarting = false;
  /** What the last restart delay was, in milliseconds. */
  restartDelay = 0;
  readonly #waiters: Record<WaitCondition, Set<(result: WaitResult) => void>> = {
    exit: new Set(),
    stop: new Set(),
    removal: new Set(),
  };
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;

  constructor(record: ContainerRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get state(): ContainerState {
    return this.record.state;
  }

  /** Whether its process exists. */
  get isAlive(): boolean {
    return this.state.status === 'running' || this.state.status === 'paused';
  }

  /** What the API calls running: alive, or about to be restarted. */
  get isRunning(): boolean {
    return this.isAlive || this.state.status === 'restarting';
  }

  /** The result of the last run. */
  get result(): WaitResult {
    const { exitCode, error, status } = this.state;
    return { exitCode, error: status === 'dead' ? error : '' };
  }

  /** Runs transitions one after the other, so that two clients cannot start or remove it at once. */
  exclusively<Value>(transition: () => Promise<Value>): Promise<Value> {
    this.#queued++;
    const turn = this.#queue.then(transition).finally(() => {
      this.#queued--;
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Whether a transition is under way. */
  get isInTransition(): boolean {
    return this.#queued > 0;
  }

  /** Calls back once, the next time. Returns a function that gives up waiting. */
  onNext(condition: WaitCondition, callback: (result: WaitResult) => void): () => void {
    this.#waiters[condition].add(callback);
    return () => this.#waiters[condition].delete(callback);
  }

  /** Resolves the next time. */
  next(condition: WaitCondition): Promise<WaitResult> {
    return new Promise((resolve) => {
      this.onNext(condition, resolve);
    });
  }

  /** Tells those who wait. */
  announce(condition: WaitCondition): void {
    const waiters = [...this.#waiters[condition]];
    this.#waiters[condition].clear();
    for (const waiter of waiters) waiter(this.result);
  }
}

/** A container that has never run. */
export function initialState(): ContainerState {
  return {
    status: 'created',
    pid: 0,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAt: NEVER,
    finishedAt: NEVER,
  };
}
