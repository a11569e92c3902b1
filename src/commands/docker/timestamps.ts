/** Points in time as people write them behind `--since` and `--until`. */
import { UsageError } from './flags.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

/**
 * Seconds since 1970 with up to nine decimals, as the API wants them, of: a span before now (`10m`, `1h30m`), seconds
 * since 1970 (`1136073600.5`), or a date (`2026-11-23`, `2026-11-23T07:01:14`, with `Z` or an offset; without, it is
 * local time). Throws UsageError.
 */
export function parseTimestamp(text: string, nowMilliseconds: number): string {
  if (/^\d+(\.\d{1,9})?$/.test(text)) return text;
  const span = parseSpan(text);
  if (span !== undefined) return (nowMilliseconds / 1000 - span).toFixed(3);
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d(?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const milliseconds = date === undefined ? Number.NaN : parseDate(date, time ?? '00', zone ?? '');
  if (Number.isNaN(milliseconds)) {
    throw new UsageError(
      `invalid time "${text}": expected a span such as 10m, a date, or seconds since 1970`,
    );
  }
  const fraction = /\.(\d+)/.exec(time ?? '')?.[1] ?? '0';
  return `${Math.floor(milliseconds / 1000)}.${fraction.padEnd(9, '0')}`;
}

/** Seconds of `1h30m`; undefined if it is no time span. */
function parseSpan(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) {
    seconds += Number(number) * (UNIT_SECONDS[unit ?? ''] ?? 0);
  }
  return seconds;
}

function parseDate(date: string, time: string, zone: string): number {
  const [hours = '00', minutes = '00', seconds = '00'] = time.replace(/\.\d+$/, '').split(':');
  return Date.parse(`${date}T${hours}:${minutes}:${seconds}${zone}`);
}

/** Nanoseconds since 1970 as local time, such as `2026-11-23T08:20:36.123456789+01:00`. */
export function formatLocalNanoseconds(nanoseconds: number): string {
  const milliseconds = Math.floor(nanoseconds / 1e6);
  const offset = -new Date(milliseconds).getTimezoneOffset();
  const local = new Date(milliseconds + offset * 60_000).toISOString().slice(0, 19);
  const fraction = (BigInt(nanoseconds) % 1_000_000_000n).toString().padStart(9, '0');
  const twoDigits = (value: number) => String(Math.abs(value)).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  const zone = offset === 0 ? 'Z' : `${sign}${twoDigits(Math.trunc(offset / 60))}:${twoDigits(offset % 60)}`;
  return `${local}.${fraction}${zone}`;
}
