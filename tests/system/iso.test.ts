/** The ISO boots to the same console under both kinds of firmware. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atPrompt } from './prompt.ts';
import { useVm } from './vm.ts';

for (const [firmware, uefi] of [
  ['SeaBIOS', false],
  ['OVMF', true],
] as const) {
  describe(`the ISO under ${firmware}`, () => {
    const vm = useVm({ boot: 'iso', uefi });

    it('ends in the console, with System Docker as process 1', async () => {
      await atPrompt(vm().console);
      assert.equal((await vm().console.run('cat /proc/1/comm')).output, 'system-docker');
      assert.match((await vm().console.run('system-docker ps')).output, /\bconsole$/m);
    });

    it(`was started by ${uefi ? 'UEFI' : 'BIOS'}`, async () => {
      const { status } = await vm().console.run('test -d /sys/firmware/efi');
      assert.equal(status, uefi ? 0 : 1);
    });
  });
}
