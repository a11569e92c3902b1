import { note } from '../progress.ts';
import type { RunOptions } from './options.ts';
import { sshArguments } from './ssh.ts';
import { type Artifacts, type Machine, startMachine } from './start.ts';

/** Boots with the serial console in this terminal, and stays until the machine is off. */
export async function runInTerminal(artifacts: Artifacts, options: RunOptions): Promise<void> {
  const machine = await startMachine(artifacts, { ...options, console: 'terminal' });
  process.stderr.write(`${howToReach(machine, options)}\n`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void machine.stop());
  const problem = await machine.ended;
  await machine.stop();
  if (problem !== undefined) throw new Error(problem);
  note('The machine is off');
}

function howToReach({ accelerator, ssh, systemDockerPort }: Machine, options: RunOptions): string {
  const speed =
    accelerator === 'tcg'
      ? ' (KVM does not work here: everything in it is many times slower than on a real machine)'
      : '';
  const lines = ['', `Paddock boots below${speed}.`];
  if (ssh.key !== null) {
    lines.push(
      `  ssh            ssh ${sshArguments(ssh).join(' ')}`,
      `  System Docker  docker -H tcp://127.0.0.1:${systemDockerPort} ps`,
    );
  }
  for (const { host, guest } of options.forwards)
    lines.push(`  ${`port ${guest}`.padEnd(15)}127.0.0.1:${host}`);
  return [...lines, "  Ctrl-A X switches the machine off, Ctrl-A C is QEMU's monitor and back.", ''].join(
    '\n',
  );
}
