/** Times that filters such as `until` name. */
import { invalidParameter } from '../errors.ts';

/** Seconds in the units of Go's durations. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

/**
 * Seconds since 1970 of a time given as such, as a date (RFC 3339, also shortened), or as a duration before now (`1h30m`).
 * Throws 400 if it is none of them.
 */
export function pastTime(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (DURATION.test(text)) return Date.now() / 1000 - durationSeconds(text);
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw invalidParameter(`failed to parse value as time or duration: "${text}"`);
  return milliseconds / 1000;
}

function durationSeconds(text: string): number {
  let seconds = 0;
  for (const [, number, unit = ''] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    seconds += Number(number) * (UNITS[unit] ?? 0);
  }
  return seconds;
}
