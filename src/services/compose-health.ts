/** `healthcheck`: how the engine finds out whether a service works. */
import { isMap } from '../config/merge.ts';
import type { Healthcheck } from '../oci/container-config.ts';
import { flag, integer, list, text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** @throws ServiceError */
export function healthcheck(value: unknown, place: string): Healthcheck {
  if (!isMap(value)) throw new ServiceError(`${place}: expected a map`);
  const { test, interval, timeout, start_period, start_interval, retries, disable } = value;
  if (disable != null && flag(disable, `${place}.disable`)) return { Test: ['NONE'] };
  const time = (written: unknown, key: string) =>
    written == null ? undefined : nanoseconds(written, `${place}.${key}`);
  return {
    ...(test == null ? {} : { Test: testOf(test, `${place}.test`) }),
    Interval: time(interval, 'interval'),
    Timeout: time(timeout, 'timeout'),
    StartPeriod: time(start_period, 'start_period'),
    StartInterval: time(start_interval, 'start_interval'),
    Retries: retries == null ? undefined : integer(retries, `${place}.retries`),
  };
}

function testOf(value: unknown, place: string): string[] {
  if (!Array.isArray(value)) return ['CMD-SHELL', text(value, place)];
  const words = list(value, place);
  if (words[0] === 'NONE' || words[0] === 'CMD' || words[0] === 'CMD-SHELL') return words;
  throw new ServiceError(
    `${place}: expected NONE, CMD or CMD-SHELL as the first word, got "${words[0] ?? ''}"`,
  );
}

const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration of a compose file, such as `1m30s`, in seconds. */
export function durationSeconds(value: unknown, place: string): number {
  const written = String(value);
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== written) {
    throw new ServiceError(`${place}: expected a duration such as 1m30s, got ${JSON.stringify(value)}`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (SECONDS[unit ?? ''] ?? 0), 0);
}

function nanoseconds(value: unknown, place: string): number {
  return Math.round(durationSeconds(value, place) * 1e9);
}
