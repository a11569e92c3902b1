/** `docker top`: the processes of a container, from /proc (proc_pid_stat(5)). */
import { readTextIfExists } from '../../linux/file.ts';
import type { Container } from '../containers/container.ts';
import { cgroupOf } from '../containers/release.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';

const TICKS_PER_SECOND = 100;
const TITLES = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'];

/** The columns of `ps -ef`, which is what Docker shows unless told otherwise. */
export function listProcesses(engine: Engine, container: Container, psArguments: string): unknown {
  if (!container.isAlive) throw conflict(`container ${container.id} is not running`);
  if (psArguments !== '' && psArguments !== '-ef') {
    throw conflict(`ps arguments other than -ef are not supported: ${psArguments}`);
  }
  const pids = cgroupOf(engine, container).processes();
  return { Titles: TITLES, Processes: pids.flatMap(processRow) };
}

function processRow(pid: number): string[][] {
  const stat = readTextIfExists(`/proc/${pid}/stat`);
  const status = readTextIfExists(`/proc/${pid}/status`);
  if (stat === undefined || status === undefined) return [];
  // The name is in parentheses and may contain anything, so the fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const command = readTextIfExists(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim();
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1] ?? '?';
  const started = startTime(Number(fields[19]));
  return [[uid, String(pid), fields[1] ?? '?', '0', started, '?', clock(ticks), command || `[${name}]`]];
}

/** `HH:MM` of a start time in ticks since boot. */
function startTime(ticks: number): string {
  const uptime = Number((readTextIfExists('/proc/uptime') ?? '0').split(' ')[0]);
  const date = new Date(Date.now() - (uptime - ticks / TICKS_PER_SECOND) * 1000);
  return date.toISOString().slice(11, 16);
}

function clock(ticks: number): string {
  const seconds = Math.floor(ticks / TICKS_PER_SECOND);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
