/** `docker update`: other limits and another restart policy for a container, also while it runs. */
import type { HostConfig } from '../../oci/container-config.ts';
import { specResources } from '../../oci/resources.ts';
import type { Engine } from '../engine.ts';
import { conflict, EngineError, invalidParameter } from '../errors.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { blockDeviceNumbers } from './devices.ts';
import { checkLimits } from './host-config.ts';
import { checkRestartPolicy } from './restart-policy.ts';

/** Limits that are changed if the request names them: 0 and empty mean "as it is". */
const LIMITS = [
  'BlkioWeight',
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
  'CpuShares',
  'NanoCpus',
  'CpuPeriod',
  'CpuQuota',
  'CpusetCpus',
  'CpusetMems',
  'Memory',
  'MemorySwap',
  'MemoryReservation',
] as const satisfies readonly (keyof HostConfig)[];

/**
 * Changes a container by request.
 * @returns warnings, as at its creation
 * @throws EngineError or FormatError as Docker answers; the container is then as before
 */
export function updateContainer(
  engine: Engine,
  container: Container,
  request: HostConfig,
): Promise<string[]> {
  return container.exclusively(async () => {
    const { record, state } = container;
    if (state.status === 'removing' || state.status === 'dead') {
      throw conflict('container is marked for removal and cannot be "update"');
    }
    const before = record.hostConfig;
    const warnings = checkLimits(request);
    const after = updatedHostConfig(before, request);
    checkRestartPolicy(after);
    checkLimits(after);
    if (container.isAlive && changesLimits(request)) await applyLimits(engine, container, after);
    record.hostConfig = after;
    try {
      engine.containers.save(container);
    } catch (error) {
      record.hostConfig = before;
      throw error;
    }
    publishContainerEvent(engine, container, 'update');
    return warnings;
  });
}

/** The configuration with what the request changes. Throws for changes that contradict what stays. */
export function updatedHostConfig(current: HostConfig, request: HostConfig): HostConfig {
  const wanted = LIMITS.filter((name) => isGiven(request[name]));
  const has = (name: (typeof LIMITS)[number]) => wanted.includes(name);
  if (has('NanoCpus') && (current.CpuPeriod || current.CpuQuota)) {
    const which = current.CpuPeriod ? 'Period' : 'Quota';
    throw invalidParameter(
      `Conflicting options: Nano CPUs cannot be updated as CPU ${which} has already been set`,
    );
  }
  for (const [name, text] of [
    ['CpuPeriod', 'CPU Period'],
    ['CpuQuota', 'CPU Quota'],
  ] as const) {
    if (has(name) && current.NanoCpus) {
      throw invalidParameter(
        `Conflicting options: ${text} cannot be updated as NanoCPUs has already been set`,
      );
    }
  }
  if (has('Memory') && !has('MemorySwap')) checkMemory(request.Memory ?? 0, current);
  const policy = request.RestartPolicy?.Name ? request.RestartPolicy : undefined;
  if (policy !== undefined && current.AutoRemove) {
    throw conflict('Restart policy cannot be updated because AutoRemove is enabled for the container');
  }
  const pids = request.PidsLimit;
  return {
    ...current,
    ...Object.fromEntries(wanted.map((name) => [name, request[name]])),
    ...(pids != null && { PidsLimit: pids > 0 ? pids : null }),
    ...(policy !== undefined && {
      RestartPolicy: { Name: policy.Name, MaximumRetryCount: policy.MaximumRetryCount ?? 0 },
    }),
  };
}

function checkMemory(memory: number, { MemorySwap }: HostConfig): void {
  const swap = MemorySwap ?? 0;
  if (swap > 0 && memory > swap) {
    throw invalidParameter(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
}

function isGiven(value: HostConfig[(typeof LIMITS)[number]]): boolean {
  return Array.isArray(value) ? value.length > 0 : value != null && value !== 0 && value !== '';
}

function changesLimits(request: HostConfig): boolean {
  return request.PidsLimit != null || LIMITS.some((name) => isGiven(request[name]));
}

async function applyLimits(engine: Engine, container: Container, hostConfig: HostConfig): Promise<void> {
  const { devices: _, ...limits } = specResources(hostConfig, [], blockDeviceNumbers(hostConfig));
  // What has no limit any more must be said to the runtime.
  const resources = {
    pids: { limit: -1 },
    ...limits,
    ...((hostConfig.MemorySwap ?? 0) < 0 && { memory: { ...limits.memory, swap: -1 } }),
  };
  try {
    await engine.runtime.update(container.id, resources);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(500, `Cannot update container ${container.id}: ${reason}`, { cause: error });
  }
}
