/** What the kernel counts about a control group (its admin-guide/cgroup-v2), in the form of Docker's stats. */

/** Reads a file of the group; undefined if there is none, because the controller is not there. */
export type ReadGroupFile = (name: string) => string | undefined;

export interface CpuStats {
  readonly cpu_usage: {
    /** Nanoseconds, as are the next two. */
    readonly total_usage: number;
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** Processor time that was used, and withheld. */
export function cpuStats(read: ReadGroupFile): CpuStats {
  const stat = flatKeys(read('cpu.stat'));
  const nanoseconds = (key: string) => (stat[key] ?? 0) * 1000;
  return {
    cpu_usage: {
      total_usage: nanoseconds('usage_usec'),
      usage_in_kernelmode: nanoseconds('system_usec'),
      usage_in_usermode: nanoseconds('user_usec'),
    },
    throttling_data: {
      periods: stat['nr_periods'] ?? 0,
      throttled_periods: stat['nr_throttled'] ?? 0,
      throttled_time: nanoseconds('throttled_usec'),
    },
  };
}

/** Bytes in use, by kind in `stats`; without a limit of its own, a container has the machine's memory. */
export function memoryStats(read: ReadGroupFile, machineMemory: number) {
  const usage = read('memory.current');
  if (usage === undefined) return {};
  const limit = limitOf(read('memory.max'));
  return {
    usage: Number(usage),
    stats: flatKeys(read('memory.stat')),
    limit: Math.min(limit ?? machineMemory, machineMemory),
  };
}

/** How many processes there are and may be; 0 for no limit. */
export function pidsStats(read: ReadGroupFile) {
  const current = read('pids.current');
  if (current === undefined) return {};
  const limit = limitOf(read('pids.max'));
  return { current: Number(current), ...(limit !== undefined && { limit }) };
}

interface BlockEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: 'read' | 'write';
  readonly value: number;
}

/** Bytes read from and written to each block device. */
export function blockStats(read: ReadGroupFile) {
  const entries = (read('io.stat') ?? '').split('\n').flatMap((line): BlockEntry[] => {
    const [, major, minor, rest = ''] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
    if (major === undefined) return [];
    const value = (key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(rest)?.[1] ?? 0);
    const device = { major: Number(major), minor: Number(minor) };
    return [
      { ...device, op: 'read', value: value('rbytes') },
      { ...device, op: 'write', value: value('wbytes') },
    ];
  });
  return {
    io_service_bytes_recursive: entries.length === 0 ? null : entries,
    io_serviced_recursive: null,
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  };
}

/** Lines of a key and a number. */
function flatKeys(text = ''): Record<string, number> {
  const pairs = text.split('\n').flatMap((line): [string, number][] => {
    const [key = '', value] = line.split(' ');
    return value === undefined ? [] : [[key, Number(value)]];
  });
  return Object.fromEntries(pairs);
}

function limitOf(text: string | undefined): number | undefined {
  const value = text?.trim() ?? 'max';
  return value === 'max' ? undefined : Number(value);
}
