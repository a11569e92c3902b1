import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blockStats, cpuStats, memoryStats, pidsStats } from './cgroup-stats.ts';

const files: Record<string, string> = {
  'cpu.stat':
    'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 7\nnr_throttled 2\nthrottled_usec 30\n',
  'memory.current': '921600\n',
  'memory.max': '67108864\n',
  'memory.stat': 'anon 8192\nfile 380928\ninactive_file 57344\n',
  'pids.current': '2\n',
  'pids.max': 'max\n',
  'io.stat': '254:0 rbytes=376832 wbytes=4096 rios=45 wios=1 dbytes=0 dios=0\n8:16 \n',
};
const read = (name: string) => files[name];

describe('statistics of a control group', () => {
  it('count processor time in nanoseconds', () => {
    const stats = cpuStats(read);
    assert.deepEqual(stats.cpu_usage, {
      total_usage: 1_500_000,
      usage_in_kernelmode: 500_000,
      usage_in_usermode: 1_000_000,
    });
    assert.deepEqual(stats.throttling_data, { periods: 7, throttled_periods: 2, throttled_time: 30_000 });
  });

  it('know memory and its limit', () => {
    const stats = { anon: 8192, file: 380928, inactive_file: 57344 };
    assert.deepEqual(memoryStats(read, 1e9), { usage: 921600, stats, limit: 67108864 });
    const unlimited = (name: string) => (name === 'memory.max' ? 'max\n' : read(name));
    assert.equal(memoryStats(unlimited, 1e9).limit, 1e9);
  });

  it('count processes', () => {
    assert.deepEqual(pidsStats(read), { current: 2 });
    assert.deepEqual(
      pidsStats((name) => (name === 'pids.max' ? '100\n' : read(name))),
      { current: 2, limit: 100 },
    );
  });

  it('count bytes of block devices', () => {
    assert.deepEqual(blockStats(read).io_service_bytes_recursive, [
      { major: 254, minor: 0, op: 'read', value: 376832 },
      { major: 254, minor: 0, op: 'write', value: 4096 },
      { major: 8, minor: 16, op: 'read', value: 0 },
      { major: 8, minor: 16, op: 'write', value: 0 },
    ]);
  });

  it('are empty where a controller is missing', () => {
    const nothing = () => undefined;
    assert.deepEqual(memoryStats(nothing, 1e9), {});
    assert.deepEqual(pidsStats(nothing), {});
    assert.equal(cpuStats(nothing).cpu_usage.total_usage, 0);
  });
});
