/** `rancher.system_docker.userns_enabled`: root in containers is somebody else, except for the services of the machine. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('user namespaces', () => {
  const vm = useVm({ append: 'rancher.system_docker.userns_enabled=true' });
  const docker = async (...words: string[]) => outputOf(await vm().docker(words));
  const uidMap = ['cat', '/proc/self/uid_map'];

  before(async () => {
    await docker('load', '--quiet', '--input', await busyboxArchive());
  });

  it('leaves the services of the machine as they are', async () => {
    const services = (await docker('ps', '--format', '{{.Names}}')).split('\n');
    assert.ok(services.includes('console') && services.includes('network'), String(services));
    assert.match(await docker('exec', 'console', ...uidMap), /^\s*0\s+0\s+4294967295$/);
    assert.equal(outputOf(await vm().ssh('sudo stat -c %u /var/log /home /opt')), '0\n0\n0');
  });

  it('remaps other containers, with images of the store and of the OS', async () => {
    const [image = ''] = (
      await docker('images', '--format', '{{.Repository}}:{{.Tag}}', 'paddock/os-base')
    ).split('\n');
    for (const name of [busybox, image]) {
      assert.match(
        await docker('run', '--rm', '--entrypoint', 'cat', name, '/proc/self/uid_map'),
        /^\s*0\s+100000\s+65536$/,
      );
      const owner = ['--entrypoint', 'stat', name, '-c', '%u', '/', '/bin'];
      assert.equal(await docker('run', '--rm', ...owner), '0\n0');
    }
    // Its own, not that of the machine: of the network namespace it has.
    assert.equal(await docker('run', '--rm', '--network', 'none', busybox, 'ls', '/sys/class/net'), 'lo');
    assert.equal(
      await docker('run', '--rm', '--memory', '64m', busybox, 'cat', '/sys/fs/cgroup/memory.max'),
      '67108864',
    );
  });

  it('refuses privileged containers that do not ask for the users of the machine', async () => {
    const { status, stderr } = await vm().docker(['run', '--rm', '--privileged', busybox, 'true']);
    assert.equal(status, 125);
    assert.match(stderr, /privileged mode is incompatible with user namespaces/);
    await docker('run', '--rm', '--privileged', '--userns', 'host', busybox, 'true');
  });
});
