import { shutDownMachine } from '../init/shutdown.ts';
import { log } from '../linux/log.ts';
import { isRebootAction } from '../linux/reboot.ts';

/** `ros-shutdown reboot|poweroff|halt`: run by process 1 to stop the containers and the machine. */
export function rosShutdownCommand([action = '']: string[]): number | Promise<number> {
  if (isRebootAction(action)) return shutDownMachine(action);
  log.error(`ros-shutdown: expected reboot, poweroff or halt, got "${action}"`);
  return 2;
}
