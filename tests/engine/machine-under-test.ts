import type { ExecuteOptions, Outcome } from '../system/process.ts';

export interface MachineOptions {
  /** Words after `system-docker daemon`. */
  readonly daemonArguments?: readonly string[];
  /** Variables of the daemon. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the machine calls 127.0.0.1 has the servers of whoever runs the tests. */
  readonly sharesNetwork?: boolean;
  /** The test cuts the power: the machine needs a disk. */
  readonly cutsPower?: boolean;
}

/** A machine in which System Docker is process 1, as tests see it. */
export interface MachineUnderTest {
  /** A folder for unix sockets, and for files that the machine may be given by `share`. */
  readonly sockets: string;
  /** The API as a unix socket. */
  readonly apiSocket: string;
  /** Starts it, with its disk as it was left; System Docker need not listen yet when this resolves. */
  switchOn(): Promise<void>;
  /** Lets whoever runs the tests use the API. */
  giveSocketToTester(): Promise<void>;
  /** Everything that runs is killed; the disk stays as it is at this instant. */
  cutPower(): Promise<void>;
  /** Runs a shell script as root in the namespaces of process 1, with the busybox that is there. */
  run(script: string, options?: ExecuteOptions): Promise<Outcome>;
  /** Makes a folder below `sockets` visible in the machine, by the same path. */
  share(directory: string): Promise<void>;
  /**
   * The words that run a program in the network of a process of the machine.
   * @param pid as the machine counts
   * @param program path of one of those that `guestTools` packs, on the machine that runs the tests
   */
  inNetwork(pid: string, program: string, ...words: string[]): [program: string, ...args: string[]];
  /** What `nft --stateless list` says. */
  packetFilter(what: 'tables' | 'ruleset'): Promise<Outcome>;
  /** Everything that System Docker has printed since the test has the machine. */
  log(): Promise<string>;
  /** Takes the machine apart, or gives it back. */
  remove(): Promise<void>;
}
