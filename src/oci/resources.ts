/** Limits of a container: checking a request's, and writing them for the runtime (cgroup v2 by way of crun). */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { SpecDeviceRule, SpecResources, SpecThrottle } from './runtime-spec-types.ts';

const MIN_MEMORY = 6 * 1024 * 1024;
const CPU_PERIOD = 100_000;
const MAX_CPU_LIST_NUMBER = 8192;

/** What the machine has, for checking requests. */
export interface HostResources {
  readonly cpuCount: number;
  /** As in `cpuset.cpus.effective`: `0-3`. */
  readonly cpus: string;
  /** As in `cpuset.mems.effective`: `0`. */
  readonly memoryNodes: string;
}

/** A block device's numbers. */
export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

/**
 * Checks a request's limits, with Docker's errors.
 * @returns warnings about limits that cgroup v2 does not have and that are ignored
 */
export function checkResources(hostConfig: HostConfig, host: HostResources): string[] {
  checkMemory(hostConfig);
  checkCpu(hostConfig, host);
  const { BlkioWeight, OomScoreAdj, ShmSize, IOMaximumBandwidth, IOMaximumIOps } = hostConfig;
  if (BlkioWeight && (BlkioWeight < 10 || BlkioWeight > 1000)) {
    throw new FormatError('Range of blkio weight is from 10 to 1000');
  }
  if (IOMaximumBandwidth || IOMaximumIOps) {
    throw new FormatError(
      'Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps',
    );
  }
  if ((ShmSize ?? 0) < 0) throw new FormatError('SHM size can not be less than 0');
  if (Math.abs(OomScoreAdj ?? 0) > 1000) {
    throw new FormatError(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  return ignoredLimits(hostConfig);
}

function checkMemory(hostConfig: HostConfig): void {
  const memory = hostConfig.Memory ?? 0;
  const swap = hostConfig.MemorySwap ?? 0;
  const reservation = hostConfig.MemoryReservation ?? 0;
  if (memory !== 0 && memory < MIN_MEMORY) throw new FormatError('Minimum memory limit allowed is 6MB');
  if (memory > 0 && swap > 0 && swap < memory) {
    throw new FormatError('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (memory === 0 && swap > 0) {
    throw new FormatError('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (reservation > 0 && reservation < MIN_MEMORY) {
    throw new FormatError('Minimum memory reservation allowed is 6MB');
  }
  if (memory > 0 && reservation > memory) {
    throw new FormatError('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
}

function checkCpu(hostConfig: HostConfig, host: HostResources): void {
  const nano = hostConfig.NanoCpus ?? 0;
  const period = hostConfig.CpuPeriod ?? 0;
  const quota = hostConfig.CpuQuota ?? 0;
  if (nano > 0 && period > 0) {
    throw new FormatError('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  if (nano > 0 && quota > 0) {
    throw new FormatError('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  }
  if (nano < 0 || nano > host.cpuCount * 1e9) {
    throw new FormatError(
      `Range of CPUs is from 0.01 to ${host.cpuCount}.00, as there are only ${host.cpuCount} CPUs available`,
    );
  }
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    throw new FormatError(
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    );
  }
  if (quota > 0 && quota < 1000) throw new FormatError('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if ((hostConfig.CpuShares ?? 0) < 0) throw new FormatError('shares: invalid argument');
  checkCpuset('cpus', 'CPUs', hostConfig.CpusetCpus, host.cpus);
  checkCpuset('mems', 'memory nodes', hostConfig.CpusetMems, host.memoryNodes);
}

function checkCpuset(
  kind: string,
  plural: string,
  requested: string | null | undefined,
  available: string,
): void {
  if (!requested) return;
  const wanted = parseNumberList(requested);
  if (wanted === undefined) throw new FormatError(`Invalid value ${requested} for cpuset ${kind}`);
  const present = new Set(parseNumberList(available));
  if (!wanted.every((number) => present.has(number))) {
    throw new FormatError(
      `Requested ${plural} are not available - requested ${requested}, available: ${available}`,
    );
  }
}

/** The numbers of a list such as `0-2,7` (cpuset(7), "List format"). */
function parseNumberList(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const range of text.trim().split(',')) {
    const [, first, last] = /^\s*([0-9]+)(?:-([0-9]+))?\s*$/.exec(range) ?? [];
    if (first === undefined) return undefined;
    const from = Number(first);
    const to = Number(last ?? first);
    if (to < from || to > MAX_CPU_LIST_NUMBER) return undefined;
    for (let number = from; number <= to; number += 1) numbers.push(number);
  }
  return numbers;
}

/** In Docker's words, for what is discarded on a host with cgroup v2. */
function ignoredLimits(hostConfig: HostConfig): string[] {
  const warnings: string[] = [];
  if ((hostConfig.MemorySwappiness ?? -1) >= 0) {
    warnings.push(
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    );
  }
  if (hostConfig.OomKillDisable === true) {
    warnings.push('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
  }
  if (hostConfig.CpuPercent) warnings.push('linux does not support CPU percent. Percent discarded.');
  return warnings;
}

/**
 * The limits for the runtime.
 * @param rules of the devices cgroup
 * @param blockDevices the numbers of every device that a `Blkio…` limit names, by path
 */
export function specResources(
  hostConfig: HostConfig,
  rules: readonly SpecDeviceRule[],
  blockDevices: ReadonlyMap<string, DeviceNumbers>,
): SpecResources {
  const { PidsLimit } = hostConfig;
  const memory = memoryLimits(hostConfig);
  const cpu = cpuLimits(hostConfig);
  const blockIO = blockLimits(hostConfig, blockDevices);
  return {
    devices: rules,
    ...(hasKeys(memory) && { memory }),
    ...(hasKeys(cpu) && { cpu }),
    ...(PidsLimit != null && PidsLimit > 0 && { pids: { limit: PidsLimit } }),
    ...(hasKeys(blockIO) && { blockIO }),
  };
}

function memoryLimits({
  Memory,
  MemoryReservation,
  MemorySwap,
}: HostConfig): NonNullable<SpecResources['memory']> {
  const limit = Memory ?? 0;
  const swap = MemorySwap ? MemorySwap : limit * 2;
  return {
    ...(limit > 0 && { limit }),
    ...(MemoryReservation && { reservation: MemoryReservation }),
    ...(limit > 0 && swap > 0 && { swap }),
  };
}

function cpuLimits(hostConfig: HostConfig): NonNullable<SpecResources['cpu']> {
  const { CpuShares, NanoCpus, CpuPeriod, CpuQuota, CpusetCpus, CpusetMems } = hostConfig;
  return {
    ...(CpuShares && { shares: CpuShares }),
    ...(NanoCpus && { quota: Math.floor((NanoCpus * CPU_PERIOD) / 1e9), period: CPU_PERIOD }),
    ...(CpuPeriod && { period: CpuPeriod }),
    ...(CpuQuota && { quota: CpuQuota }),
    ...(CpusetCpus && { cpus: CpusetCpus }),
    ...(CpusetMems && { mems: CpusetMems }),
  };
}

function blockLimits(
  hostConfig: HostConfig,
  blockDevices: ReadonlyMap<string, DeviceNumbers>,
): NonNullable<SpecResources['blockIO']> {
  const numbers = (path: string): DeviceNumbers => {
    const found = blockDevices.get(path);
    if (found === undefined) throw new FormatError(`stat ${path}: no such file or directory`);
    return { major: found.major, minor: found.minor };
  };
  const throttle = (
    key: string,
    limits: HostConfig['BlkioDeviceReadBps'],
  ): Record<string, SpecThrottle[]> => {
    if (limits == null || limits.length === 0) return {};
    return { [key]: limits.map(({ Path, Rate }) => ({ ...numbers(Path), rate: Rate })) };
  };
  const weights = hostConfig.BlkioWeightDevice ?? [];
  return {
    ...(hostConfig.BlkioWeight && { weight: hostConfig.BlkioWeight }),
    ...(weights.length > 0 && {
      weightDevice: weights.map(({ Path, Weight }) => ({ ...numbers(Path), weight: Weight })),
    }),
    ...throttle('throttleReadBpsDevice', hostConfig.BlkioDeviceReadBps),
    ...throttle('throttleWriteBpsDevice', hostConfig.BlkioDeviceWriteBps),
    ...throttle('throttleReadIOPSDevice', hostConfig.BlkioDeviceReadIOps),
    ...throttle('throttleWriteIOPSDevice', hostConfig.BlkioDeviceWriteIOps),
  };
}

function hasKeys(value: object): boolean {
  return Object.keys(value).length > 0;
}
