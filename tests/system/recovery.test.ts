/** The recovery console: on request, and when a machine cannot boot. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { file, put, type Tree } from '../../builder/tree/tree.ts';
import { atPrompt } from './prompt.ts';
import { useVm } from './vm.ts';

/** Under translation on a busy host. */
const patience = 120;

describe('rancher.recovery', () => {
  const vm = useVm({ append: 'rancher.recovery', until: 'started' });

  it('gives a shell of root on the console', async () => {
    await vm().console.waitFor(/It was asked for by rancher\.recovery/, patience);
    await atPrompt(vm().console);
    assert.equal((await vm().console.run('id -u')).output, '0');
    assert.match((await vm().console.run('cat /proc/1/comm')).output, /^init$/);
  });

  it('comes back when the shell ends', async () => {
    vm().console.type('exit\r');
    await vm().console.waitFor(/Recovery console/, patience);
    await atPrompt(vm().console);
  });

  it('reboots', async () => {
    const reset = vm().qmp.event('RESET', patience);
    vm().console.type('reboot\r');
    await reset;
  });
});

describe('a machine whose root filesystem is damaged', () => {
  const damage: Tree = new Map();
  put(damage, 'system.squashfs', file(Buffer.alloc(1_000_000, 'damaged')));
  const vm = useVm({ until: 'started', initrdOverlay: damage });

  it('says what failed and why, and leaves a prompt', async () => {
    await vm().console.waitFor(/cannot mount \/system\.squashfs \(error 22, invalid argument/, patience);
    await vm().console.waitFor(/rescue> /);
    vm().console.type('dmesg\r');
    await vm().console.waitFor(/Run \/init as init process/);
  });

  it('can be switched off there', async () => {
    const off = vm().qmp.event('SHUTDOWN', patience);
    vm().console.type('poweroff\r');
    await off;
  });
});
