/** Reboot, poweroff and the power button stop the services in reverse order of dependency. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilReady } from '../../builder/qemu/readiness.ts';
import { atPrompt } from './prompt.ts';
import { startVm, useVm, type Vm } from './vm.ts';

/** Under translation on a busy host. */
const patience = 90;

/** The system log is stopped after what may still write to it, the console after everything a person may need it for. */
function assertOrder(text: string): void {
  const stopped = [...text.matchAll(/stopp(?:ed|ing) (?:container )?(\w[\w-]*)/gi)].map(([, name]) => name);
  for (const [first, second] of [
    ['console', 'network'],
    ['network', 'udev'],
  ] as const) {
    assert.ok(
      stopped.includes(first) && stopped.includes(second),
      `${stopped} has no ${first} and ${second}`,
    );
    assert.ok(
      stopped.indexOf(first) < stopped.indexOf(second),
      `${first} is not before ${second} in ${stopped}`,
    );
  }
}

async function endsOrderly(vm: Vm): Promise<void> {
  assert.equal(await vm.machine.ended, undefined);
  assertOrder(await vm.consoleText());
}

describe('a machine told to reboot', () => {
  const vm = useVm();

  it('comes up again', async () => {
    await atPrompt(vm().console);
    const { output: before } = await vm().console.run('cat /proc/sys/kernel/random/boot_id');
    const reset = vm().qmp.event('RESET', patience);
    vm().console.type('sudo -n reboot\r');
    await reset;
    assertOrder(await vm().consoleText());
    await vm().console.waitFor(/paddock: console started/, patience);
    await untilReady(vm().machine, true, 180);
    await atPrompt(vm().console);
    const { output: after } = await vm().console.run('cat /proc/sys/kernel/random/boot_id');
    assert.notEqual(after, before);
  });

  it('goes off by poweroff', async () => {
    const off = vm().qmp.event('SHUTDOWN', patience);
    vm().console.type('sudo -n poweroff\r');
    await off;
    await endsOrderly(vm());
  });
});

describe('a machine whose power button is pressed', () => {
  it('goes off in order', async () => {
    const vm = await startVm();
    try {
      const off = vm.qmp.event('SHUTDOWN', patience);
      await vm.qmp.execute('system_powerdown');
      await off;
      await endsOrderly(vm);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await vm.consoleText()}`, { cause: error });
    } finally {
      await vm.stop();
    }
  });
});
