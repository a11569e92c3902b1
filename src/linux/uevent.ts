/** The kernel's announcements of devices that come and go (the kernel's lib/kobject_uevent.c). */
import { decodeUtf8 } from './bytes.ts';
import { NETLINK, subscribe } from './netlink.ts';

const KERNEL_GROUP = 1;

export interface DeviceEvent {
  /** `add`, `remove`, `change`, `move`, `bind`, `unbind`, … */
  readonly action: string;
  /** Below /sys, such as `/devices/pci0000:00/0000:00:02.0`. */
  readonly path: string;
  /** What else the event says, such as `SUBSYSTEM`, `MODALIAS`, `DEVNAME`. */
  readonly properties: Readonly<Record<string, string>>;
}

/** `ACTION@PATH`, then `NAME=value` strings, each ended by NUL. Undefined if it is not of that form. */
export function parseDeviceEvent(packet: Uint8Array): DeviceEvent | undefined {
  const [head = '', ...lines] = decodeUtf8(packet).split('\0');
  const at = head.indexOf('@');
  if (at < 0) return undefined;
  const properties: Record<string, string> = {};
  for (const line of lines) {
    const equals = line.indexOf('=');
    if (equals > 0) properties[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return { action: head.slice(0, at), path: head.slice(at + 1), properties };
}

/** Calls back with every event from now on; `onLoss` if some were lost. Returns a function that stops it. */
export function watchDevices(onEvent: (event: DeviceEvent) => void, onLoss: () => void): () => void {
  const onPacket = (packet: Uint8Array) => {
    const event = parseDeviceEvent(packet);
    if (event !== undefined) onEvent(event);
  };
  return subscribe(NETLINK.KOBJECT_UEVENT, KERNEL_GROUP, onPacket, onLoss);
}
