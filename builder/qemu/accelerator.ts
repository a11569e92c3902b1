import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { qemu } from './machine.ts';

/** How QEMU executes the guest: by the processor itself, or by translating the guest's instructions. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  readonly arguments: readonly string[];
}

const kvm: Accelerator = { name: 'kvm', arguments: ['-accel', 'kvm', '-cpu', 'host'] };

// One host thread per virtual processor. The model `max` has what the translator knows; others boot no faster.
const tcg: Accelerator = { name: 'tcg', arguments: ['-accel', 'tcg,thread=multi', '-cpu', 'max'] };

/** A kernel without a root filesystem panics within a second where KVM works. */
const probeSeconds = 5;

/** KVM if a guest really runs in it, else translation. */
export async function chooseAccelerator(kernel: string): Promise<Accelerator> {
  return mayOpen('/dev/kvm') && (await boots(kernel)) ? kvm : tcg;
}

function mayOpen(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The device node proves nothing: in a nested or restricted machine QEMU aborts, or the guest hangs at its first instructions.
 * So boot the kernel for a moment. Finding no root filesystem is as far as it can get, and far enough.
 */
async function boots(kernel: string): Promise<boolean> {
  const machine = ['-nodefaults', '-display', 'none', '-no-reboot', '-m', '256', '-serial', 'stdio'];
  const append = 'console=ttyS0 panic=-1';
  const child = spawn(qemu, [...kvm.arguments, ...machine, '-kernel', kernel, '-append', append], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), probeSeconds * 1000);
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
  clearTimeout(timer);
  return output.includes('Unable to mount root fs');
}
