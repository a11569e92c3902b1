/**
 * Health checks (`HEALTHCHECK`, `--health-*`): what a container's configuration asks for, and what the result of a probe
 * means for its health. Pure functions; health-monitor.ts carries them out.
 *
 *     starting ── a success ──→ healthy ── as many failures in a row as retries ──→ unhealthy ── a success ──→ healthy
 *     starting ── as many failures in a row, after the start period ──→ unhealthy
 */
import type { ContainerConfig, Healthcheck } from '../../oci/container-config.ts';
import { invalidParameter } from '../errors.ts';

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** What one probe gave. */
export interface ProbeResult {
  /** RFC 3339. */
  readonly start: string;
  readonly end: string;
  /** Of the probe's process; −1 if it was ended or could not be started. */
  readonly exitCode: number;
  readonly output: string;
}

/** The health of a container, as it is written to disk. */
export interface Health {
  status: HealthStatus;
  /** Failures since the last success. */
  failingStreak: number;
  /** The latest probes, the oldest first. */
  log: ProbeResult[];
}

/** A check with everything decided. Times are in milliseconds. */
export interface HealthCheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  /** Between probes while the start period lasts and none has succeeded. */
  readonly startInterval: number;
  readonly retries: number;
}

const NANOSECONDS = 1e6;
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_START_INTERVAL = 5000;
const DEFAULT_RETRIES = 3;
const DEFAULT_SHELL = ['/bin/sh', '-c'];
const KEPT_RESULTS = 5;

/** The check that a configuration asks for, or undefined for none. */
export function healthCheckOf({ Healthcheck, Shell }: ContainerConfig): HealthCheck | undefined {
  const [kind, ...words] = Healthcheck?.Test ?? [];
  if (Healthcheck == null || (kind !== 'CMD' && kind !== 'CMD-SHELL')) return undefined;
  const milliseconds = (time: number | null | undefined, standard: number) =>
    time ? time / NANOSECONDS : standard;
  return {
    command: kind === 'CMD' ? words : [...(Shell?.length ? Shell : DEFAULT_SHELL), ...words],
    interval: milliseconds(Healthcheck.Interval, DEFAULT_INTERVAL),
    timeout: milliseconds(Healthcheck.Timeout, DEFAULT_TIMEOUT),
    startPeriod: milliseconds(Healthcheck.StartPeriod, 0),
    startInterval: milliseconds(Healthcheck.StartInterval, DEFAULT_START_INTERVAL),
    retries: Healthcheck.Retries || DEFAULT_RETRIES,
  };
}

/** Throws Docker's 400 for times and counts that cannot be. */
export function checkHealthcheck(healthcheck: Healthcheck | null | undefined): void {
  if (healthcheck == null) return;
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const time = healthcheck[name] ?? 0;
    if (time !== 0 && time < NANOSECONDS) {
      throw invalidParameter(`${name} in Healthcheck cannot be less than 1ms`);
    }
  }
  if ((healthcheck.Retries ?? 0) < 0) throw invalidParameter('Retries in Healthcheck cannot be negative');
}

/** Milliseconds until the next probe of a container that has been running for so many. */
export function probeDelay(check: HealthCheck, health: Health, running: number): number {
  return health.status === 'starting' && running < check.startPeriod ? check.startInterval : check.interval;
}

/**
 * Records a result.
 * @param running milliseconds from the container's start to the probe's
 */
export function recordProbe(check: HealthCheck, health: Health, result: ProbeResult, running: number): void {
  health.log = [...health.log, result].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) {
    health.failingStreak = 0;
    health.status = 'healthy';
    return;
  }
  if (health.status === 'starting' && running < check.startPeriod) return;
  health.failingStreak++;
  if (health.failingStreak >= check.retries) health.status = 'unhealthy';
}
