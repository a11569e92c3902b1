import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { promisify } from 'node:util';
import { qemu } from './machine.ts';

/** How QEMU executes the guest: by the processor itself, or by translating the guest's instructions. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  readonly arguments: readonly string[];
}

const kvm: Accelerator = { name: 'kvm', arguments: ['-accel', 'kvm', '-cpu', 'host'] };

/**
 * Translation. The model `max` has what the translator knows. Without `erms` and `fsrm`: where a processor has these, Linux
 * and glibc clear and copy memory by instructions that repeat for each byte, and the translator does so one by one; else for
 * each eight bytes. A boot takes a tenth less.
 *
 * QEMU before 8.1 may translate code that another virtual processor is just patching, and keep the breakpoint that Linux puts
 * there meanwhile. Linux patches its own code whenever, say, the first rule of a packet filter comes or goes, so that such a
 * guest panics now and then with an unexpected `int3`. There all virtual processors share one host thread.
 * QEMU's commit deba78709a ("accel/tcg: Always lock pages before translation") mended it.
 * @param version of QEMU, as `[major, minor]`
 */
export function translation([major, minor]: readonly [number, number]): Accelerator {
  const threads = major > 8 || (major === 8 && minor >= 1) ? 'multi' : 'single';
  return { name: 'tcg', arguments: ['-accel', `tcg,thread=${threads}`, '-cpu', 'max,-erms,-fsrm'] };
}

/** A kernel without a root filesystem panics within a second where KVM works. */
const probeSeconds = 5;

/** KVM if a guest really runs in it, else translation. */
export async function chooseAccelerator(kernel: string): Promise<Accelerator> {
  if (mayOpen('/dev/kvm') && (await boots(kernel))) return kvm;
  return translation(versionOf((await promisify(execFile)(qemu, ['--version'])).stdout));
}

/** @param text what `qemu-system-x86_64 --version` prints: `QEMU emulator version 7.2.22 (Debian …)` */
export function versionOf(text: string): [major: number, minor: number] {
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0)];
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
