import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import Docker from 'dockerode';
import { busyboxArchive } from '../system/busybox.ts';
import { dockerClient } from '../system/docker-client.ts';
import { type ExecuteOptions, execute, type Outcome, outputOf } from '../system/process.ts';
import { openTerminal, type Terminal } from '../system/terminal.ts';
import { type AnswerCheck, answerCheck } from './conformance/answer-check.ts';
import { apiDescription } from './conformance/api-description.ts';
import { RecordingProxy } from './conformance/recording-proxy.ts';
import { eventually } from './eventually.ts';
import {
  askHttp,
  connectRaw,
  type HttpAnswer,
  type HttpQuestion,
  type RawConnection,
} from './http-request.ts';
import { assertNothingIsLeft, tracesOfContainers } from './leftovers.ts';
import type { MachineOptions, MachineUnderTest } from './machine-under-test.ts';
import { makeMachine } from './make-machine.ts';

/** System Docker in a machine, and everything that a test does to it. */
export class EngineUnderTest {
  readonly machine: MachineUnderTest;
  /** The API through the library that programs use. */
  readonly api: Docker;
  readonly socketPath: string;
  /** The configuration directory of the stock client. */
  readonly clientConfig: string;
  readonly #client: string;
  readonly #proxySocketPath: string;
  readonly #checkAnswer: AnswerCheck;
  #proxy: RecordingProxy | undefined;
  #violations: string[] = [];

  private constructor(
    machine: MachineUnderTest,
    client: string,
    clientConfig: string,
    checkAnswer: AnswerCheck,
  ) {
    this.#checkAnswer = checkAnswer;
    this.machine = machine;
    this.socketPath = machine.apiSocket;
    this.#proxySocketPath = join(machine.sockets, 'recorded.sock');
    this.api = new Docker({ socketPath: this.#proxySocketPath });
    this.#client = client;
    this.clientConfig = clientConfig;
  }

  /** Makes a machine and starts the daemon in it. */
  static async start(options: MachineOptions = {}): Promise<EngineUnderTest> {
    const client = await dockerClient();
    const clientConfig = await mkdtemp(join(tmpdir(), 'paddock-client-')); // not that of whoever runs the tests
    const machine = await makeMachine(options);
    const check = answerCheck(await apiDescription());
    const engine = new EngineUnderTest(machine, client, clientConfig, check);
    engine.#proxy = await RecordingProxy.start(engine.#proxySocketPath, engine.socketPath, check);
    await engine.switchOn();
    return engine;
  }

  /** Starts the daemon, whose disk is as it was left, and waits until it answers. */
  async switchOn(): Promise<void> {
    await this.machine.switchOn();
    await eventually('System Docker answers', async () => {
      const answer = await this.request('GET', '/_ping').catch(() => undefined);
      return answer?.status === 200;
    });
    await this.machine.giveSocketToTester();
  }

  /** As when the power goes: the daemon and everything it has started is killed. */
  async cutPower(): Promise<void> {
    await this.machine.cutPower();
  }

  /** Runs the stock client, whatever comes of it. */
  docker(words: readonly string[], options: ExecuteOptions = {}): Promise<Outcome> {
    return execute(this.#client, words, { environment: this.clientEnvironment, ...options });
  }

  /** Runs the stock client, which has to succeed; returns what it printed, without white space at the ends. */
  async output(...words: readonly string[]): Promise<string> {
    return outputOf(await this.docker(words));
  }

  /** `docker inspect --format`. */
  async inspect(name: string, format: string): Promise<string> {
    return await this.output('inspect', '--format', format, name);
  }

  /** Runs the stock client on a terminal. */
  dockerOnTerminal(words: readonly string[]): Terminal {
    return openTerminal(this.#client, words, this.clientEnvironment);
  }

  get clientEnvironment(): Record<string, string> {
    return { DOCKER_CONFIG: this.clientConfig, DOCKER_HOST: `unix://${this.#proxySocketPath}` };
  }

  /** The stock client's path, for a test that starts it itself with `clientEnvironment`. */
  get client(): string {
    return this.#client;
  }

  /** One HTTP request. The path has its version, if any. */
  async request(method: string, path: string, question?: HttpQuestion): Promise<HttpAnswer> {
    const answer = await askHttp(this.socketPath, method, path, question);
    const { status, headers, text } = answer;
    if (headers['content-type'] === 'application/json' && method !== 'HEAD' && text !== '') {
      const plainPath = path.replace(/\?.*$/, '');
      this.#violations.push(...this.#checkAnswer({ method, path: plainPath, status, body: text }));
    }
    return answer;
  }

  /** What about the answers of the engine did not fit Docker's description since the last call. */
  takeViolations(): string[] {
    return [...this.#violations.splice(0), ...(this.#proxy?.takeViolations() ?? [])];
  }

  /** A connection on which nothing has been said. */
  connect(): Promise<RawConnection> {
    return connectRaw(this.socketPath);
  }

  /** Runs a shell script in the machine; it has to succeed. */
  async inMachine(script: string): Promise<string> {
    return outputOf(await this.machine.run(script));
  }

  /** What `nft list` says of the machine's packet filter. */
  async packetFilter(what: 'tables' | 'ruleset'): Promise<string> {
    return outputOf(await this.machine.packetFilter(what));
  }

  /** Loads the busybox image that the build makes. */
  async loadBusybox(): Promise<void> {
    await this.output('load', '--quiet', '--input', await busyboxArchive());
  }

  /** The daemon's memory in bytes: what is its own (`RssAnon`), and all that is in memory (`VmRSS`). */
  async memory(): Promise<{ anonymous: number; resident: number }> {
    const status = await this.inMachine('cat /proc/1/status');
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
    return { anonymous: bytes('RssAnon'), resident: bytes('VmRSS') };
  }

  /** Milliseconds that an answer to `/_ping` takes. */
  async pingMilliseconds(): Promise<number> {
    const begin = performance.now();
    const { status } = await this.request('GET', '/_ping');
    assert.equal(status, 200);
    return performance.now() - begin;
  }

  /** Takes everything down. */
  async remove(): Promise<void> {
    await this.#proxy?.stop();
    await this.machine.remove();
    await rm(this.clientConfig, { recursive: true, force: true });
  }
}

/**
 * One engine for the tests of a file: started before the first, gone after the last. It has the busybox image. When a test
 * fails, the daemon's log follows it; it also fails if an answer does not fit Docker's description of its API. In the end all containers and volumes are removed, and nothing else may be left.
 * @returns a function that gives the engine to a running test
 */
export function useEngine(options: MachineOptions = {}): () => EngineUnderTest {
  let engine: EngineUnderTest | undefined;
  let shown = 0;
  let traces = '';
  const current = () => {
    if (!engine) throw new Error('the engine is there in tests only');
    return engine;
  };
  before(async () => {
    engine = await EngineUnderTest.start(options);
    traces = await tracesOfContainers(engine);
    await engine.loadBusybox();
  });
  afterEach(async (context) => {
    const violations = engine?.takeViolations() ?? [];
    if (!('passed' in context) || context.passed || !engine) {
      assert.deepEqual(violations, []);
      return;
    }
    const log = await engine.machine.log();
    process.stderr.write(`--- what System Docker printed ---\n${log.slice(shown)}---\n`);
    shown = log.length;
  });
  after(async () => {
    if (!engine) return;
    try {
      await assertNothingIsLeft(engine, traces);
    } finally {
      await engine.remove();
    }
  });
  return current;
}
