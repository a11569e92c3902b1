import { exists } from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import { bindMount } from '../../linux/mount.ts';
import { execute, findProgram } from '../../linux/process.ts';

/** Where some services have the devices of the machine. */
const MACHINE_DEVICES = '/host/dev';

/**
 * `ros entrypoint COMMAND [ARG...]`: what images for RancherOS have for an entry point. Puts the devices of the machine
 * in their place, if the service has them, and becomes the command.
 */
export function entrypoint([program, ...args]: string[]): number {
  if (program === undefined) {
    log.error('usage: ros entrypoint COMMAND [ARG...]');
    return 2;
  }
  if (exists(MACHINE_DEVICES)) bindMount(MACHINE_DEVICES, '/dev', { recursive: true });
  return execute(findProgram(program), [program, ...args], host.environment);
}
