import assert from 'node:assert/strict';
import type { EngineUnderTest } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

/** What is on the machine because of containers that are, and must not be because of some that were. */
const traces = `
  ls /var/lib/system-docker/containers /var/lib/system-docker/volumes /run/system-docker/crun/* /var/lib/system-docker/tmp
  grep -E ' /var/lib/system-docker| /run/system-docker' /proc/1/mounts || true
  find /sys/fs/cgroup/docker -mindepth 1 -type d
  echo processes: $(ls -d /proc/[0-9]* | wc -l)
`;

/** Faults of the program, as opposed to what it reports about the world. */
const faults = /^.*\b(TypeError|ReferenceError|RangeError|InternalError|SyntaxError)\b.*$/m;

/**
 * Removes all containers and volumes and sees that nothing of them stays: no file, mount, control group, process or
 * descriptor; and that no event handler of the daemon has failed meanwhile.
 */
export async function assertNothingIsLeft(engine: EngineUnderTest): Promise<void> {
  const containers = (await engine.output('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (containers.length > 0) await engine.output('rm', '--force', '--volumes', ...containers);
  await engine.output('volume', 'prune', '--all', '--force');
  const expected = [
    '/run/system-docker/crun/launch:',
    '',
    '/run/system-docker/crun/state:',
    '',
    '/var/lib/system-docker/containers:',
    '',
    '/var/lib/system-docker/tmp:',
    '',
    '/var/lib/system-docker/volumes:',
    'processes: 4', // the daemon, this shell, its subshell, and ls
  ].join('\n');
  let left = '';
  await eventually(
    'nothing of the containers is left',
    async () => {
      left = await engine.inMachine(traces);
      return left === expected;
    },
    5,
  ).catch(() => assert.equal(left, expected));
  assert.equal(faults.exec(await engine.machine.log())?.[0], undefined);
}
