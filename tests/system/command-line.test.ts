/** What the kernel command line can do, right and wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { osVersion } from '../../builder/versions.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('a kernel command line with settings', () => {
  const bad = 'rancher.services.bad';
  const labels = 'io.rancher.os.scope=system,io.rancher.os.after=network:healthy,io.rancher.os.detach=false';
  const vm = useVm({
    append: [
      'cc.hostname=corral rancher.log=true rancher.system_docker.extra_args=[--nonsense]',
      `${bad}.image=paddock/os-base:${osVersion} ${bad}.command=[sh,-c,"echo oats; exit 7"] ${bad}.net=none`,
      `${bad}.labels=[${labels}]`,
    ].join(' '),
  });

  it('configures the machine', async () => {
    assert.equal(outputOf(await vm().ssh('hostname')), 'corral');
    assert.equal(outputOf(await vm().ssh('sudo -n ros config get hostname')), 'corral');
    assert.equal(outputOf(await vm().ssh('sudo -n ros config get rancher.log')), 'true');
  });

  it('shows what services write, and last of all the lines of one that failed', async () => {
    const text = (await vm().consoleText()).replaceAll('\r', '');
    assert.match(text, /^paddock: network \| eth0: \S+ by DHCP$/m);
    const failure = 'paddock: error: service bad: it exited with status 7\npaddock: error:   oats\n';
    assert.ok(text.indexOf('paddock: network healthy') < text.indexOf(failure), text);
    assert.match(text, /1 of its services failed/);
  });

  it('starts System Docker without arguments that it does not know, and says so once', async () => {
    const warning = 'rancher.system_docker.extra_args: unknown flag: --nonsense; all of them are ignored';
    assert.equal((await vm().consoleText()).split(warning).length, 2);
  });
});

describe('a kernel command line with mistakes', () => {
  const vm = useVm({ append: 'rancher.modules=[no_such_module rancher.services=7 cc.ntp' });

  it('is told in one message each, and the machine comes up', async () => {
    assert.equal(outputOf(await vm().ssh('cat /proc/1/comm')), 'system-docker');
    const text = await vm().consoleText();
    for (const word of ['rancher.modules', 'rancher.services']) {
      const lines = text.split('\n').filter((line) => line.includes(word) && !line.includes('ommand line: '));
      assert.equal(lines.length, 1, `${word}: ${lines.join('\n')}`);
    }
  });
});
