import { shutDownMachine } from '../init/shutdown.ts';
import { log } from '../linux/log.ts';

/** `ros-shutdown reboot|poweroff|halt`: run by process 1 to stop the containers and the machine. */
export function rosShutdownCommand([action]: string[]): number | Promise<number> {
  if (action === 'reboot' || action === 'poweroff' || action === 'halt') return shutDownMachine(action);
  log.error(`ros-shutdown: ${action ?? 'no action'}: expected reboot, poweroff or halt`);
  return 2;
}
