/** The arguments of HEALTHCHECK. */
import type { Healthcheck } from './container-config.ts';
import { DockerfileError } from './dockerfile-error.ts';

/** Nanoseconds, by Go's names of units. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const MILLISECOND = 1e6;

/** @param parseCommand takes what follows `CMD` */
export function parseHealthcheck(
  text: string,
  flags: ReadonlyMap<string, string>,
  parseCommand: (text: string) => { readonly words: readonly string[]; readonly isShell: boolean },
): Healthcheck {
  const [, kind = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (kind === '') throw new DockerfileError('HEALTHCHECK requires at least one argument');
  switch (kind.toUpperCase()) {
    case 'NONE':
      if (rest !== '') throw new DockerfileError('HEALTHCHECK NONE takes no arguments');
      return { Test: ['NONE'] };
    case 'CMD': {
      const { words, isShell } = parseCommand(rest);
      if (words.length === 0) throw new DockerfileError('missing command after HEALTHCHECK CMD');
      return { Test: [isShell ? 'CMD-SHELL' : 'CMD', ...words], ...parseTimes(flags) };
    }
    default:
      throw new DockerfileError(`unknown type "${kind}" in HEALTHCHECK (try CMD)`);
  }
}

function parseTimes(flags: ReadonlyMap<string, string>): Healthcheck {
  const time = (flag: string) => {
    const text = flags.get(flag);
    return text === undefined ? 0 : parseDuration(flag, text);
  };
  const times = {
    Interval: time('interval'),
    Timeout: time('timeout'),
    StartPeriod: time('start-period'),
    StartInterval: time('start-interval'),
    Retries: parseRetries(flags.get('retries')),
  };
  return Object.fromEntries(Object.entries(times).filter(([, value]) => value !== 0));
}

/** Go's durations, such as `1m30s`, in nanoseconds. */
function parseDuration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  const isWhole = parts.map(([part]) => part).join('') === text.replace(/^\+/, '');
  if (text !== '0' && (!isWhole || parts.length === 0)) {
    throw new DockerfileError(`time: invalid duration "${text}"`);
  }
  const duration = Math.round(
    parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ''] ?? 0), 0),
  );
  if (duration !== 0 && duration < MILLISECOND) {
    throw new DockerfileError(`Interval "--${flag}" cannot be less than 1ms`);
  }
  if (!Number.isSafeInteger(duration)) throw new DockerfileError(`time: invalid duration "${text}"`);
  return duration;
}

function parseRetries(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const retries = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(retries)) throw new DockerfileError(`--retries is not a number: "${text}"`);
  if (retries < 0) throw new DockerfileError(`--retries cannot be negative: ${retries}`);
  return retries;
}
