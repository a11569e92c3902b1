/** Limits as clients set them, and as the kernel holds them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { outputOf } from '../../system/process.ts';
import { composeProject } from '../docker-compose.ts';
import { runDockerPy } from '../docker-py.ts';
import { useEngine } from '../engine-under-test.ts';

describe('limits', () => {
  const engine = useEngine();
  /** Namespaces have the controllers that are left over on the machine of the tests; the OS has all. */
  const isAble = async (context: TestContext) => {
    const controllers = (await engine().inMachine('cat /sys/fs/cgroup/cgroup.controllers')).split(' ');
    const missing = ['memory', 'cpu', 'pids'].filter((name) => !controllers.includes(name));
    if (missing.length > 0) context.skip(`no controller ${missing.join(', ')}`);
    return missing.length === 0;
  };

  it('of docker-py', async (context) => {
    if (await isAble(context)) await runDockerPy(engine(), join(import.meta.dirname, 'limits.py'));
  });

  it('of docker compose', async (context) => {
    if (!(await isAble(context))) return;
    const { compose } = await composeProject(engine(), join(import.meta.dirname, 'project'));
    outputOf(await compose(['up', '--detach']));
    const script = 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max; ulimit -n';
    const limits = outputOf(await compose(['exec', '-T', 'box', 'sh', '-c', script]));
    assert.deepEqual(limits.split('\n'), ['50331648', '25000 100000', '20', '100']);
    outputOf(await compose(['down', '--timeout', '0']));
  });
});
