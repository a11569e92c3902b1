/** Programs of the root filesystem of the OS, for those who may be in a container. */
import { exists } from './file.ts';
import type { SpawnOptions } from './process.ts';

/** The root of the OS as the console and other services with `pid: host` see it; see proc_pid_root(5). */
const MACHINE_ROOT = '/proc/1/root';

/**
 * How to start such a program with the libraries that it was made for: from where it is, or with the root filesystem that
 * process 1 has, which only root may use.
 */
export function machineProgram(path: string): Pick<SpawnOptions, 'root'> {
  return exists(path) || !exists(`${MACHINE_ROOT}${path}`) ? {} : { root: MACHINE_ROOT };
}
