/** `--ulimit`: resource limits of a container's processes (getrlimit(2)). */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { SpecRlimit } from './runtime-spec-types.ts';

const NAMES = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

const UNLIMITED = 2n ** 64n - 1n;

/** Limits with their names checked; −1 is no limit. */
export function specRlimits(ulimits: HostConfig['Ulimits']): SpecRlimit[] {
  return (ulimits ?? []).map(({ Name, Soft, Hard }) => {
    const name = Name.toLowerCase();
    if (!NAMES.includes(name)) throw new FormatError(`invalid ulimit type: ${Name}`);
    const soft = toLimit(Soft);
    const hard = toLimit(Hard);
    if (soft > hard) {
      throw new FormatError(`ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
    }
    return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
  });
}

function toLimit(value: number): bigint {
  return value < 0 ? UNLIMITED : BigInt(value);
}
