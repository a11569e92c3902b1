/** The columns of ps(1) that `docker top` can show, from proc_pid_stat(5), and the options that choose them. */
import { lookUp } from '../../oci/look-up.ts';
import { invalidParameter } from '../errors.ts';

/** A process as /proc describes it. Times are in clock ticks. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly state: string;
  readonly nice: number;
  readonly threads: number;
  /** The user's name, or the number of one without a name. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** Such as `pts/0`, or `?`. */
  readonly terminal: string;
  /** The program's name. */
  readonly name: string;
  /** With its arguments. */
  readonly command: string;
  readonly used: number;
  /** Since the process was started. */
  readonly age: number;
  /** Bytes. */
  readonly virtualMemory: number;
  readonly residentMemory: number;
}

export interface Machine {
  readonly ticksPerSecond: number;
  /** Bytes. */
  readonly memory: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Column {
  readonly title: string;
  readonly value: (process: ProcessFacts, machine: Machine) => string | number;
}

const percent = (value: number) => (Number.isFinite(value) ? value * 100 : 0);

const COMMAND = (process: ProcessFacts) => process.command || `[${process.name}]`;

const COLUMNS: Readonly<Record<string, Column>> = {
  args: { title: 'COMMAND', value: COMMAND },
  c: { title: 'C', value: ({ used, age }) => Math.floor(percent(used / age)) },
  cmd: { title: 'CMD', value: COMMAND },
  comm: { title: 'COMMAND', value: ({ name }) => name },
  command: { title: 'COMMAND', value: COMMAND },
  etime: { title: 'ELAPSED', value: ({ age }, { ticksPerSecond }) => elapsed(age / ticksPerSecond) },
  etimes: { title: 'ELAPSED', value: ({ age }, { ticksPerSecond }) => Math.floor(age / ticksPerSecond) },
  gid: { title: 'GID', value: ({ gid }) => gid },
  ni: { title: 'NI', value: ({ nice }) => nice },
  nlwp: { title: 'NLWP', value: ({ threads }) => threads },
  pcpu: { title: '%CPU', value: ({ used, age }) => percent(used / age).toFixed(1) },
  pgid: { title: 'PGID', value: ({ group }) => group },
  pid: { title: 'PID', value: ({ pid }) => pid },
  pmem: {
    title: '%MEM',
    value: ({ residentMemory }, { memory }) => percent(residentMemory / memory).toFixed(1),
  },
  ppid: { title: 'PPID', value: ({ parent }) => parent },
  rss: { title: 'RSS', value: ({ residentMemory }) => Math.round(residentMemory / 1024) },
  s: { title: 'S', value: ({ state }) => state },
  sid: { title: 'SID', value: ({ session }) => session },
  start: { title: 'START', value: startTime },
  stat: {
    title: 'STAT',
    value: ({ state, nice, session, pid }) =>
      `${state}${nice < 0 ? '<' : nice > 0 ? 'N' : ''}${session === pid ? 's' : ''}`,
  },
  stime: { title: 'STIME', value: startTime },
  time: { title: 'TIME', value: ({ used }, { ticksPerSecond }) => clock(used / ticksPerSecond) },
  tty: { title: 'TTY', value: ({ terminal }) => terminal },
  uid: { title: 'UID', value: ({ uid }) => uid },
  user: { title: 'USER', value: ({ user }) => user },
  vsz: { title: 'VSZ', value: ({ virtualMemory }) => Math.round(virtualMemory / 1024) },
};

const ALIASES: Readonly<Record<string, string>> = {
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  cputime: 'time',
  euid: 'uid',
  euser: 'user',
  nice: 'ni',
  pgrp: 'pgid',
  rssize: 'rss',
  sess: 'sid',
  session: 'sid',
  state: 's',
  thcount: 'nlwp',
  tt: 'tty',
  tname: 'tty',
  ucmd: 'comm',
  ucomm: 'comm',
  uname: 'user',
  vsize: 'vsz',
};

const FULL: readonly Column[] = [
  { title: 'UID', value: ({ user }) => user },
  ...columns('pid,ppid,c,stime,tty,time,cmd'),
];
const USER: readonly Column[] = [
  ...columns('user,pid,pcpu,pmem,vsz,rss,tty,stat,start'),
  {
    title: 'TIME',
    value: ({ used }, { ticksPerSecond }) => minutes(used / ticksPerSecond),
  },
  ...columns('command'),
];
const PLAIN = columns('pid,tty,time,cmd');

/**
 * The columns that arguments of ps ask for: `-ef` (also for none), `aux`, `-o LIST`, `-eo LIST`, `-o pid -o cmd`.
 * Throws Docker's 400 for columns without the process id, and for what is not understood.
 */
export function columnsOf(psArguments: string): readonly Column[] {
  const words = psArguments.split(/\s+/).filter(Boolean);
  if (words.length === 0) return FULL;
  const lists: string[] = [];
  let isFull = false;
  let isUser = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, dash, flags = '', list = ''] = /^(-?)([aefuxAd]*)(?:o(.*))?$/s.exec(word) ?? [];
    if (dash === undefined) throw invalidParameter(`ps: unsupported argument "${word}"`);
    isFull ||= dash === '-' && flags.includes('f');
    isUser ||= dash === '' && flags.includes('u');
    if (/^-?[aefuxAd]*o/.test(word)) lists.push(list || (words.shift() ?? ''));
  }
  const chosen = lists.length > 0 ? lists.flatMap(columns) : isUser ? USER : isFull ? FULL : PLAIN;
  if (!chosen.includes(COLUMNS['pid'] as Column)) {
    throw invalidParameter("Couldn't find PID field in ps output");
  }
  return chosen;
}

function columns(list: string): Column[] {
  return list.split(',').map((name) => {
    const key = name.toLowerCase();
    const column = lookUp(COLUMNS, lookUp(ALIASES, key) ?? key);
    if (column === undefined) throw invalidParameter(`ps: unknown column "${name}"`);
    return column;
  });
}

/** The time of the day, or the date of a process from another day. */
function startTime({ age }: ProcessFacts, { now, ticksPerSecond }: Machine): string {
  const start = new Date(now - (age / ticksPerSecond) * 1000);
  const today = new Date(now).toISOString().slice(0, 10);
  const [date = '', time = ''] = start.toISOString().split('T');
  if (date === today) return time.slice(0, 5);
  const [, month = '', day = ''] = /^\w+ (\w+) (\d+)/.exec(start.toDateString()) ?? [];
  return `${month}${day}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `[DD-]HH:MM:SS` */
function clock(total: number): string {
  const seconds = Math.floor(total);
  const days = Math.floor(seconds / 86400);
  const text = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${two(days)}-${text}` : text;
}

/** `[[DD-]HH:]MM:SS` */
function elapsed(total: number): string {
  return clock(total).replace(/^00:/, '');
}

/** `M:SS` */
function minutes(total: number): string {
  return `${Math.floor(total / 60)}:${two(Math.floor(total) % 60)}`;
}
