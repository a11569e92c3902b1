import { run } from '../builder/exec.ts';
import { sshArguments } from '../builder/qemu/ssh.ts';
import type { Machine } from '../builder/qemu/start.ts';

/** What a shell command of the user rancher prints. */
export async function inMachine(machine: Machine, command: string): Promise<string> {
  return (await run('ssh', ['-o', 'BatchMode=yes', ...sshArguments(machine.ssh), command])).toString();
}

/** A line `Name:   123 kB` as in proc_meminfo(5). */
export function kilobytes(text: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no "${name}" in:\n${text}`);
  return Number(value);
}
