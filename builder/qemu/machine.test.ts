import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MachineDescription, machineArguments } from './machine.ts';

const machine: MachineDescription = {
  accelerator: { name: 'tcg', arguments: ['-accel', 'tcg'] },
  memory: 128,
  cpus: 2,
  boot: { kind: 'kernel', kernel: '/k', initrd: '/i', append: 'console=ttyS0' },
  forwards: [
    { host: 40022, guest: 22 },
    { host: 8080, guest: 80 },
  ],
  console: { kind: 'socket', socket: '/run/console', log: '/run/log' },
  control: '/run/control',
};

/** The value after an option. */
function optionValue(args: readonly string[], option: string): string | undefined {
  const position = args.indexOf(option);
  return position < 0 ? undefined : args[position + 1];
}

test('a kernel is booted directly, with its words in one argument', () => {
  const args = machineArguments(machine);
  assert.equal(optionValue(args, '-kernel'), '/k');
  assert.equal(optionValue(args, '-initrd'), '/i');
  assert.equal(optionValue(args, '-append'), 'console=ttyS0');
  assert.equal(optionValue(args, '-m'), '128');
});

test('forwarded ports are reachable from this host only', () => {
  assert.equal(
    optionValue(machineArguments(machine), '-netdev'),
    'user,id=network,hostfwd=tcp:127.0.0.1:40022-:22,hostfwd=tcp:127.0.0.1:8080-:80',
  );
});

test('an ISO is booted by the firmware, without a kernel from outside', () => {
  const args = machineArguments({ ...machine, boot: { kind: 'iso', iso: '/out/paddock.iso' } });
  assert.equal(args.includes('-kernel'), false);
  assert.match(args.join(' '), /file=\/out\/paddock\.iso -device ide-cd,drive=cdrom,bootindex=0/);
});

test('a comma in a file name is doubled', () => {
  const args = machineArguments({ ...machine, disk: { file: '/a,b.img', format: 'raw' } });
  assert.match(args.join(' '), /file=\/a,,b\.img/);
});

test('the terminal as console keeps Ctrl-C for the guest', () => {
  const args = machineArguments({ ...machine, console: { kind: 'terminal', log: '/run/log' } });
  assert.match(optionValue(args, '-chardev') ?? '', /^stdio,.*signal=off/);
});
