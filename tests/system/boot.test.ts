/** A machine comes up: process 1 is System Docker, services are containers, a person sits in the console. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { osVersion } from '../../builder/versions.ts';
import { outputOf } from './process.ts';
import { atPrompt } from './prompt.ts';
import { useVm } from './vm.ts';

describe('boot', () => {
  const vm = useVm();
  before(() => atPrompt(vm().console));

  const typed = async (command: string) => {
    const { status, output } = await vm().console.run(command);
    assert.equal(status, 0, output);
    return output;
  };

  it('process 1 is System Docker', async () => {
    assert.equal(await typed('cat /proc/1/comm'), 'system-docker');
  });

  it('the services are containers of System Docker', async () => {
    const services = await typed('system-docker ps');
    for (const name of ['udev', 'network', 'syslog', 'ntp', 'acpid', 'console'])
      assert.match(services, new RegExp(`\\b${name}$`, 'm'));
  });

  it('volume containers exist and do not run', async () => {
    const names = await typed('system-docker ps -a');
    assert.match(names, /Created .*\ball-volumes$/m);
  });

  it('ros knows its version, the services and the configuration', async () => {
    assert.match(await typed('sudo -n ros -v'), new RegExp(`version v?${osVersion.replaceAll('.', '\\.')}`));
    assert.match(await typed('sudo -n ros service ps'), /console/);
    assert.equal(await typed('sudo -n ros config get rancher.services.console.privileged'), 'true');
  });

  it('the console has a person logged in', async () => {
    assert.equal(await typed('id -un'), 'rancher');
    assert.equal(await typed('tty'), '/dev/ttyS0');
  });

  it('ssh lets in who has the key, and sudo makes root of them', async () => {
    assert.equal(outputOf(await vm().ssh('id -u; sudo -n id -u')), '1100\n0');
  });

  it('ssh lets nobody in without a key', async () => {
    const refused = await vm().sshWithoutKey('true');
    assert.equal(refused.status, 255);
    assert.match(refused.stderr, /Permission denied/);
  });

  it('ssh passes the exit status', async () => {
    assert.equal((await vm().ssh('exit 17')).status, 17);
  });

  it('the network has an address and a name server', async () => {
    assert.match(await typed('ip -4 addr show eth0'), /inet 10\.0\.2\.15\/24/);
    assert.match(await typed('cat /etc/resolv.conf'), /^nameserver 10\.0\.2\.3$/m);
  });

  it('the root filesystem cannot be written to', async () => {
    const mounts = outputOf(await vm().ssh('sudo -n cat /proc/1/mounts'));
    assert.match(mounts, /^\S+ \/ squashfs ro/m);
  });
});
