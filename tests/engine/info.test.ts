/** What the engine says about its machine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('info', () => {
  const engine = useEngine();
  const info = async () =>
    JSON.parse((await engine().request('GET', '/info')).text) as Record<string, unknown>;

  it('tells the filesystem of the store and what the kernel can limit', async () => {
    const answer = await info();
    const [backing] = answer['DriverStatus'] as [string, string][];
    const type = await engine().inMachine('stat -f -c %T /var/lib/system-docker');
    assert.deepEqual(backing, ['Backing Filesystem', type === 'ext2/ext3' ? 'extfs' : type]);
    const controllers = (await engine().inMachine('cat /sys/fs/cgroup/cgroup.controllers')).split(' ');
    assert.equal(answer['MemoryLimit'], controllers.includes('memory'));
    assert.equal(answer['PidsLimit'], controllers.includes('pids'));
    assert.equal(answer['CPUSet'], controllers.includes('cpuset'));
    const warnings = (answer['Warnings'] ?? []) as string[];
    assert.equal(warnings.includes('WARNING: No memory limit support'), !controllers.includes('memory'));
  });

  it('counts who listens to events', async () => {
    assert.equal((await info())['NEventsListener'], 0);
    const events = await engine().api.getEvents();
    assert.equal((await info())['NEventsListener'], 1);
    (events as unknown as { destroy(): void }).destroy();
  });
});
