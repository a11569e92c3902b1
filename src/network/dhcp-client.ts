/** DHCP by dhcpcd(8): one for most interfaces, and one for each that has arguments or addresses of its own kind. */
import type { ExitStatus } from '../linux/child.ts';
import { errorMessage } from '../linux/error-report.ts';
import { setTimer, sleep, withTimeout } from '../linux/event-loop.ts';
import { makeDirectories, writeFile } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { type Child, spawn } from '../linux/process.ts';
import { runForOutput } from '../linux/process-output.ts';
import { kill, signalNumber } from '../linux/signal.ts';
import type { InterfaceSettings } from './interface-settings.ts';

const DIRECTORY = '/run/netconf';
/** Run by dhcpcd with each finding. It is this program, which knows by its environment what it is run for. */
const REPORT_PROGRAM = '/usr/bin/netconf';
/** Where dhcpcd listens for commands. */
const SOCKETS = '/run/dhcpcd';
/** For giving back the leases, in milliseconds. */
const RELEASE_TIME = 5000;
const RELEASE_POLL = 50;
/** Before another try when one has ended by itself, in milliseconds. */
const RESTART_TIME = 5000;

/** What one dhcpcd does. */
export interface DhcpTask {
  readonly interfaces: readonly string[];
  /** Whether to ask servers, not only to take a link-local address. */
  readonly asks: boolean;
  readonly linkLocal: boolean;
  /** Words of the shell. */
  readonly arguments: string;
}

/** What each dhcpcd has to do, by the name of the task. */
export function dhcpTasks(interfaces: ReadonlyMap<string, InterfaceSettings>): Map<string, DhcpTask> {
  const tasks = new Map<string, DhcpTask>();
  const common: string[] = [];
  for (const [name, { dhcp, linkLocal, dhcpArguments = '' }] of interfaces) {
    if (!linkLocal && dhcpArguments === '') common.push(name);
    else tasks.set(name, { interfaces: [name], asks: dhcp, linkLocal, arguments: dhcpArguments });
  }
  if (common.length > 0) tasks.set('', { interfaces: common, asks: true, linkLocal: false, arguments: '' });
  return tasks;
}

/** The text of dhcpcd.conf(5) for a task. */
export function dhcpcdConfiguration({ interfaces, asks, linkLocal }: DhcpTask): string {
  const lines = [
    `allowinterfaces ${interfaces.join(' ')}`,
    `script ${REPORT_PROGRAM}`,
    // to the server: our name, and an identity that stays the same without a file that does
    'hostname',
    'clientid',
    'duid ll',
    'slaac hwaddr',
    // from the server
    'option domain_name_servers, domain_name, domain_search, host_name, classless_static_routes, interface_mtu',
    'require dhcp_server_identifier',
    // at once and for ever
    'nodelay',
    'timeout 0',
    ...(linkLocal ? [] : ['noarp']),
    ...(asks ? [] : ['nodhcp', 'noipv6']),
  ];
  return `${lines.join('\n')}\n`;
}

interface Running {
  readonly task: DhcpTask;
  readonly child: Child;
}

/** The running dhcpcds. They end with this process's container. */
export class DhcpClients {
  readonly #running = new Map<string, Running>();
  #wanted = new Map<string, DhcpTask>();

  /**
   * Gives back the leases of interfaces that are not to ask any more, or not in the same way. The others keep theirs.
   * Returns whether there were any.
   * @param hasLease whether an interface has one
   */
  async release(
    interfaces: ReadonlyMap<string, InterfaceSettings>,
    hasLease: (name: string) => boolean,
  ): Promise<boolean> {
    this.#wanted = dhcpTasks(interfaces);
    const released = await Promise.all(
      [...this.#running].map(async ([name, running]) => {
        const wanted = this.#wanted.get(name);
        if (wanted === undefined || !isSameWay(wanted, running.task)) await this.#stop(name, running);
        else {
          const gone = running.task.interfaces.filter((link) => !wanted.interfaces.includes(link));
          if (gone.length === 0) return false;
          await releaseFrom(name, gone, hasLease);
        }
        return true;
      }),
    );
    return released.includes(true);
  }

  /** After `release`: starts what is missing. */
  async start(): Promise<void> {
    for (const [name, task] of this.#wanted) {
      const running = this.#running.get(name);
      if (running === undefined) this.#start(name);
      else if (running.task.interfaces.join() !== task.interfaces.join()) {
        await this.#change(name, task, running);
      }
    }
  }

  async stop(): Promise<void> {
    this.#wanted = new Map();
    await Promise.all([...this.#running].map(([name, running]) => this.#stop(name, running)));
  }

  #start(name: string): void {
    const task = this.#wanted.get(name);
    if (task === undefined || this.#running.has(name)) return;
    const file = writeConfiguration(name, task);
    const common = `dhcpcd --nobackground --quiet --config ${file}`;
    // It would hand its interface over to the common one if it saw the socket of that.
    const apart = `mkdir -p ${SOCKETS} && mount -t tmpfs none ${SOCKETS} && exec ${common} ${task.arguments} ${name}`;
    const command = ['/bin/sh', '-c', name === '' ? `exec ${common}` : apart] as const;
    try {
      const child = spawn({
        command: name === '' ? [...command] : ['unshare', '-m', ...command],
        stdout: 1,
        stderr: 2,
      });
      this.#running.set(name, { task, child });
      child.exited.then((status) => this.#onExit(name, child, status));
    } catch (error) {
      log.error(`dhcpcd: ${errorMessage(error)}`);
    }
  }

  #onExit(name: string, child: Child, status: ExitStatus): void {
    if (this.#running.get(name)?.child !== child) return;
    this.#running.delete(name);
    const how = 'code' in status ? `exit code ${status.code}` : `signal ${status.signal}`;
    log.error(`dhcpcd${name && ` of ${name}`} ended: ${how}; another try in ${RESTART_TIME / 1000} s`);
    setTimer(RESTART_TIME, () => this.#start(name));
  }

  /**
   * Only interfaces that are named begin; SIGHUP would not begin with any. The others are not asked again: without new
   * ones, dhcpcd just reads its configuration.
   */
  async #change(name: string, task: DhcpTask, { task: before, child }: Running): Promise<void> {
    writeConfiguration(name, task);
    this.#running.set(name, { task, child });
    const added = task.interfaces.filter((link) => !before.interfaces.includes(link));
    await tell(name, added.length > 0 ? ['--rebind', ...added] : ['--reconfigure']);
  }

  /** SIGALRM tells dhcpcd to give back its leases and end. */
  async #stop(name: string, { child }: Running): Promise<void> {
    this.#running.delete(name);
    kill(child.pid, signalNumber('SIGALRM'));
    const late = new Error('dhcpcd does not end');
    await withTimeout(child.exited, RELEASE_TIME, late).catch((error: unknown) => {
      log.warn(errorMessage(error));
      kill(child.pid, signalNumber('SIGKILL'));
    });
  }
}

/** Whether two tasks differ in their interfaces at most. */
function isSameWay(one: DhcpTask, other: DhcpTask): boolean {
  return one.asks === other.asks && one.linkLocal === other.linkLocal && one.arguments === other.arguments;
}

/** Lets a running dhcpcd give back the leases of some of its interfaces, and waits until it has. */
async function releaseFrom(
  task: string,
  links: readonly string[],
  hasLease: (name: string) => boolean,
): Promise<void> {
  const { code, output } = await runForOutput([
    'dhcpcd',
    '--config',
    configurationOf(task),
    '--release',
    ...links,
  ]);
  if (code !== 0) log.warn(`dhcpcd --release ${links.join(' ')}: ${output.trim()}`);
  for (let left = RELEASE_TIME; links.some(hasLease) && left > 0; left -= RELEASE_POLL) {
    await sleep(RELEASE_POLL);
  }
}

/** Gives a command to a running dhcpcd, which answers at once. */
async function tell(task: string, command: readonly string[]): Promise<void> {
  const { code, output } = await runForOutput(['dhcpcd', '--config', configurationOf(task), ...command]);
  if (code !== 0) log.warn(`dhcpcd ${command.join(' ')}: ${output.trim()}`);
}

function writeConfiguration(name: string, task: DhcpTask): string {
  const file = configurationOf(name);
  makeDirectories(DIRECTORY);
  writeFile(file, dhcpcdConfiguration(task));
  return file;
}

function configurationOf(name: string): string {
  return `${DIRECTORY}/dhcpcd${name && `-${name}`}.conf`;
}
