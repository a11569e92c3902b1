/** What the kernel command line can do, right and wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('a kernel command line with settings', () => {
  const vm = useVm({ append: 'cc.hostname=corral rancher.log=true' });

  it('configures the machine', async () => {
    assert.equal(outputOf(await vm().ssh('hostname')), 'corral');
    assert.equal(outputOf(await vm().ssh('sudo -n ros config get hostname')), 'corral');
    assert.equal(outputOf(await vm().ssh('sudo -n ros config get rancher.log')), 'true');
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
