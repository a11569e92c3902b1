/** `deploy`, of which a single machine understands the resources and the restart policy. */
import type { HostConfig } from '../oci/container-config.ts';
import { integer, mapOf, size, text, type Values } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** A part that has no meaning here costs a warning. */
export function applyDeploy(
  draft: { host: HostConfig; warnings: string[] },
  value: unknown,
  place: string,
): void {
  const { resources, restart_policy, ...others } = mapOf(value, place);
  const { limits, reservations, ...otherResources } = mapOf(resources, `${place}.resources`);
  const { cpus, memory, pids, ...otherLimits } = mapOf(limits, `${place}.resources.limits`);
  const { memory: reserved, ...otherReservations } = mapOf(reservations, `${place}.resources.reservations`);
  const at = `${place}.resources`;
  if (cpus != null) draft.host.NanoCpus = nanoCpus(cpus, `${at}.limits.cpus`);
  if (memory != null) draft.host.Memory = size(memory, `${at}.limits.memory`);
  if (pids != null) draft.host.PidsLimit = integer(pids, `${at}.limits.pids`);
  if (reserved != null) draft.host.MemoryReservation = size(reserved, `${at}.reservations.memory`);
  applyRestartPolicy(draft.host, mapOf(restart_policy, `${place}.restart_policy`), `${place}.restart_policy`);
  const ignored = (prefix: string, rest: Values) =>
    Object.keys(rest).map((key) => `${prefix}.${key}: has no meaning on a single machine, ignored`);
  draft.warnings.push(
    ...ignored(place, others),
    ...ignored(at, otherResources),
    ...ignored(`${at}.limits`, otherLimits),
    ...ignored(`${at}.reservations`, otherReservations),
  );
}

/** A number of processors in billionths. */
export function nanoCpus(value: unknown, place: string): number {
  const written = text(value, place);
  if (!/^\d+(\.\d+)?$/.test(written)) {
    throw new ServiceError(`${place}: expected a number of processors such as 0.5, got "${written}"`);
  }
  return Math.round(Number(written) * 1e9);
}

const RESTART_NAMES: Readonly<Record<string, string>> = {
  none: 'no',
  any: 'always',
  'on-failure': 'on-failure',
};

function applyRestartPolicy(host: HostConfig, { condition, max_attempts }: Values, place: string): void {
  if (condition == null) return;
  const written = text(condition, `${place}.condition`);
  const Name = Object.hasOwn(RESTART_NAMES, written) ? RESTART_NAMES[written] : undefined;
  if (Name === undefined) {
    throw new ServiceError(`${place}.condition: expected none, on-failure or any, got "${written}"`);
  }
  const isCounted = Name === 'on-failure' && max_attempts != null;
  host.RestartPolicy = {
    Name,
    MaximumRetryCount: isCounted ? integer(max_attempts, `${place}.max_attempts`) : 0,
  };
}
