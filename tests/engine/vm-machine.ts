import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../../builder/exec.ts';
import { untilReady } from '../../builder/qemu/readiness.ts';
import { type ExecuteOptions, type Outcome, outputOf } from '../system/process.ts';
import { daemonWords } from './daemon-words.ts';
import { bareVm, type EngineVm, startEngineVm, type VmAccess } from './engine-vm.ts';
import { guestProgram, runInGuest } from './guest-shell.ts';
import { toolsDirectory } from './guest-tools.ts';
import type { MachineOptions, MachineUnderTest } from './machine-under-test.ts';
import { Relay } from './relay.ts';
import { vmVariable } from './virtual.ts';

/** Under translation on a busy host. */
const bootSeconds = 180;

/** QEMU's user network leads what is sent to this address to the 127.0.0.1 of whoever runs it. */
const host = '10.0.2.2';

/**
 * What the machine sends to servers on 127.0.0.1 goes to those of whoever runs the tests, except to System Docker itself: so
 * that a registry there is as near, and as little in need of a certificate, as in namespaces.
 */
const shareLoopback = `
  echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
  ${toolsDirectory}/nft -f - <<'END'
    table ip paddock-tests {
      chain output {
        type nat hook output priority -150
        ip daddr 127.0.0.1 tcp dport 1024-65535 tcp dport != 2375 dnat to ${host}
      }
      chain postrouting {
        type nat hook postrouting priority 150
        ip daddr ${host} masquerade
      }
    }
END`;
const unshareLoopback = `
  ${toolsDirectory}/nft delete table ip paddock-tests
  echo 0 >/proc/sys/net/ipv4/conf/all/route_localnet`;

/** The whole OS in a virtual machine: the one that is there for all tests, or one of its own if the options need that. */
export class VmMachine implements MachineUnderTest {
  readonly sockets: string;
  readonly #access: VmAccess;
  readonly #own: EngineVm | undefined;
  readonly #options: MachineOptions;
  /** Characters that System Docker had printed before. */
  #printedBefore = 0;
  #isOff = false;
  /** Absent while the machine is off. */
  #relay: Relay | undefined;

  private constructor(sockets: string, access: VmAccess, own: EngineVm | undefined, options: MachineOptions) {
    this.sockets = sockets;
    this.#access = access;
    this.#own = own;
    this.#options = options;
  }

  static async make(options: MachineOptions): Promise<VmMachine> {
    const words = daemonWords(options);
    const own = words !== '' || options.cutsPower ? await startEngineVm(words, options.cutsPower) : undefined;
    const access = own?.access ?? (JSON.parse(process.env[vmVariable] ?? '') as VmAccess);
    const sockets = await mkdtemp(join(tmpdir(), 'paddock-engine-'));
    const machine = new VmMachine(sockets, access, own, options);
    if (own === undefined) machine.#printedBefore = (await machine.log()).length;
    return machine;
  }

  get apiSocket(): string {
    return join(this.sockets, 'docker.sock');
  }

  async switchOn(): Promise<void> {
    if (this.#isOff && this.#own) {
      const { vm } = this.#own;
      await vm.qmp.execute('system_reset');
      await vm.qmp.execute('cont');
      await untilReady(vm.machine, true, bootSeconds);
      await bareVm(vm, this.#access.shellPort);
    }
    this.#isOff = false;
    const target = { host: '127.0.0.1', port: this.#access.systemDockerPort };
    this.#relay ??= await Relay.start(this.apiSocket, target);
    const ownSocket = 'mkdir -p /run/sockets && ln -sf /run/system-docker.sock /run/sockets/docker.sock';
    outputOf(await this.run(this.#options.sharesNetwork ? `${ownSocket}; ${shareLoopback}` : ownSocket));
  }

  /** There is nothing to do: System Docker's port is open to everybody. */
  async giveSocketToTester(): Promise<void> {}

  async cutPower(): Promise<void> {
    if (!this.#own) throw new Error('this test cuts the power of a machine that others need');
    await this.#own.vm.qmp.execute('stop');
    this.#isOff = true;
    await this.#relay?.stop();
    this.#relay = undefined;
  }

  run(script: string, options?: ExecuteOptions): Promise<Outcome> {
    return runInGuest(this.#access.shellPort, script, options);
  }

  async share(directory: string): Promise<void> {
    const archive = (await run('tar', ['-c', '-C', directory, '.'])).toString('base64');
    outputOf(
      await this.run(`mkdir -p ${directory}; base64 -d <<'END' | tar -x -C ${directory}\n${archive}\nEND`),
    );
  }

  inNetwork(pid: string, program: string, ...words: string[]): [program: string, ...args: string[]] {
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const tool = join(toolsDirectory, basename(program));
    return guestProgram(this.#access.shellPort, `exec nsenter -t ${pid} -n ${tool} ${quoted.join(' ')}`);
  }

  packetFilter(what: 'tables' | 'ruleset'): Promise<Outcome> {
    return this.run(`${toolsDirectory}/nft --stateless list ${what}`);
  }

  async log(): Promise<string> {
    return outputOf(await this.run('cat /var/log/system-docker.log')).slice(this.#printedBefore);
  }

  /** A machine that others need is left as it was found: no container, and no image besides those of the OS. */
  async remove(): Promise<void> {
    try {
      if (this.#own === undefined) {
        await this.run('system-docker image prune --all --force', { seconds: 120 });
        if (this.#options.sharesNetwork) await this.run(unshareLoopback);
      }
    } finally {
      await this.#relay?.stop();
      await this.#own?.stop();
      await rm(this.sockets, { recursive: true, force: true });
    }
  }
}
