import { handleCtrlAltDel, type RebootAction } from '../linux/reboot.ts';
import { onSignal, type SignalName } from '../linux/signal.ts';

/** What signals to process 1 ask for. The first three are those of busybox's reboot, halt and poweroff. */
const ACTIONS = {
  SIGTERM: 'reboot',
  SIGUSR1: 'halt',
  SIGUSR2: 'poweroff',
  // from the kernel: Ctrl-Alt-Del
  SIGINT: 'reboot',
  // from the kernel: power failure
  SIGPWR: 'poweroff',
} as const satisfies Partial<Record<SignalName, RebootAction>>;

/** Calls back when a signal to process 1 asks for a shutdown. */
export function onShutdownSignal(callback: (action: RebootAction) => void): void {
  handleCtrlAltDel();
  for (const [signal, action] of Object.entries(ACTIONS)) {
    onSignal(signal as keyof typeof ACTIONS, () => callback(action));
  }
}
