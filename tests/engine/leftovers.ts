import assert from 'node:assert/strict';
import type { EngineUnderTest } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

/**
 * What is on the machine because of containers; connections of clients come and go at their own pace. Numbers that a reboot
 * gives anew, and the order of what is the same, say nothing.
 */
const traces = `
  ls /var/lib/system-docker/containers /var/lib/system-docker/volumes /var/lib/system-docker/tmp
  ls /run/system-docker/crun/*
  grep -E ' /var/lib/system-docker| /run/system-docker' /proc/1/mounts | sort
  find /sys/fs/cgroup/docker -mindepth 1 -type d | sort
  echo interfaces of the machine:
  ls /sys/class/net
  echo children of the daemon:
  grep -lE '^PPid:\\s1$' /proc/[0-9]*/status | xargs -r grep -h ^Name: | sort
  echo open files of the daemon:
  ls -l /proc/1/fd | sed -n 's/.* -> //p' | grep -v ^socket: | sed 's/\\[[0-9]*\\]$//' | sort
`;

export async function tracesOfContainers(engine: EngineUnderTest): Promise<string> {
  return `${await engine.inMachine(traces)}\npacket filter:\n${await engine.packetFilter('tables')}`;
}

/** Faults of the program, as opposed to what it reports about the world. */
const faults = /^.*\b(TypeError|ReferenceError|RangeError|InternalError|SyntaxError)\b.*$/m;

/**
 * Removes all containers and volumes and sees that nothing of them stays: no file, mount, control group, process or open
 * file; and that no event handler of the daemon has failed meanwhile.
 * @param before the traces when there was no container yet
 */
export async function assertNothingIsLeft(engine: EngineUnderTest, before: string): Promise<void> {
  const containers = (await engine.output('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (containers.length > 0) await engine.output('rm', '--force', '--volumes', ...containers);
  await engine.output('volume', 'prune', '--all', '--force');
  await engine.output('network', 'prune', '--force');
  let left = '';
  const isClean = async () => {
    left = await tracesOfContainers(engine);
    return left === before;
  };
  await eventually('nothing of the containers is left', isClean, 5).catch(() => assert.equal(left, before));
  assert.equal(faults.exec(await engine.machine.log())?.[0], undefined);
}
