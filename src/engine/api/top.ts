/** `docker top`: the processes of a container, from /proc (proc_pid_stat(5)). */
import { readTextIfExists } from '../../linux/file.ts';
import { totalMemory } from '../../linux/memory.ts';
import type { Container } from '../containers/container.ts';
import { cgroupOf } from '../containers/release.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import { columnsOf, type ProcessFacts } from './process-columns.ts';

/** USER_HZ, which is the same on all machines. */
const TICKS_PER_SECOND = 100;
const PAGE = 4096;
const TERMINALS = 136;

/** Throws 409 if the container does not run, 400 for arguments of ps that are not understood. */
export function listProcesses(engine: Engine, container: Container, psArguments: string): unknown {
  if (!container.isAlive) throw conflict(`container ${container.id} is not running`);
  const columns = columnsOf(psArguments);
  const machine = { ticksPerSecond: TICKS_PER_SECOND, memory: totalMemory(), now: Date.now() };
  const users = userNames();
  const processes = cgroupOf(engine, container)
    .processes()
    .flatMap((pid) => processFacts(pid, users) ?? []);
  return {
    Titles: columns.map(({ title }) => title),
    Processes: processes.map((process) => columns.map(({ value }) => String(value(process, machine)))),
  };
}

/** What is known of a process; undefined if it has ended. */
function processFacts(pid: number, users: ReadonlyMap<number, string>): ProcessFacts | undefined {
  const stat = readTextIfExists(`/proc/${pid}/stat`);
  const status = readTextIfExists(`/proc/${pid}/status`);
  if (stat === undefined || status === undefined) return undefined;
  // The name is in parentheses and may contain anything, so the fields are counted from its end: this is the third.
  const [state = '?', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(rest[number - 4]);
  const id = (name: string) => Number(new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const uptime = Number((readTextIfExists('/proc/uptime') ?? '0').split(' ')[0]);
  const uid = id('Uid');
  return {
    pid,
    parent: field(4),
    group: field(5),
    session: field(6),
    terminal: terminalName(field(7)),
    used: field(14) + field(15),
    nice: field(19),
    threads: field(20),
    age: Math.max(0, uptime * TICKS_PER_SECOND - field(22)),
    virtualMemory: field(23),
    residentMemory: field(24) * PAGE,
    state,
    uid,
    gid: id('Gid'),
    user: users.get(uid) ?? String(uid),
    name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    command: (readTextIfExists(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim(),
  };
}

/** Of a device number (tty_nr): pseudo-terminals have the major numbers from 136. */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (device === 0) return '?';
  return major >= TERMINALS && major < TERMINALS + 8 ? `pts/${(major - TERMINALS) * 256 + minor}` : '?';
}

/** The names that users have on the machine, as Docker shows them. Root has its name everywhere. */
function userNames(): ReadonlyMap<number, string> {
  const names = new Map([[0, 'root']]);
  for (const line of (readTextIfExists('/etc/passwd') ?? '').split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid) names.set(Number(uid), name);
  }
  return names;
}
