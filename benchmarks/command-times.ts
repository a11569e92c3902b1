import type { Machine } from '../builder/qemu/start.ts';
import { inMachine } from './guest.ts';

const runs = 20;

/**
 * How long a command takes in the machine, as root: the mean of several runs, one after the other.
 * @returns milliseconds, in steps of half a millisecond
 */
export async function timeCommand(machine: Machine, command: string): Promise<number> {
  const hundredths = "cut -d' ' -f1 /proc/uptime | tr -d .";
  const loop = `i=0; while [ $i -lt ${runs} ]; do ${command} >/dev/null; i=$((i+1)); done`;
  const script = `a=$(${hundredths}); ${loop}; b=$(${hundredths}); echo $((b-a))`;
  const taken = await inMachine(machine, `sudo -n sh -c '${script.replaceAll("'", "'\\''")}'`);
  return (Number(taken) * 10) / runs;
}
