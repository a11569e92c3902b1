/** Input devices: /dev/input/event* (the kernel's Documentation/input/input.rst and include/uapi/linux/input.h). */
import { attempt } from './syscall.ts';

const EV_KEY = 1;
const KEY_MAX = 0x2ff;
const KEY_BITS_SIZE = (KEY_MAX + 8) >> 3;
/** EVIOCGBIT(EV_KEY, size): direction "read", the size, 'E', 0x20 + event type. */
const EVIOCGBIT_KEY = 0x80000000 + KEY_BITS_SIZE * 0x10000 + 0x4520 + EV_KEY;

export const KEY_POWER = 116;

/** struct input_event: a time of two 64-bit words, type, code, value. */
const EVENT = { SIZE: 24, TYPE: 16, CODE: 18, VALUE: 20 } as const;
const PRESSED = 1;

/** Whether the device behind an open descriptor has a key or button. */
export function hasKey(fd: number, key: number): boolean {
  const bits = new Uint8Array(KEY_BITS_SIZE);
  if (attempt('ioctl', fd, EVIOCGBIT_KEY, bits) < 0) return false;
  return ((bits[key >> 3] ?? 0) & (1 << (key & 7))) !== 0;
}

/** The keys that are pressed down in what was read from a device. */
export function pressedKeys(data: Uint8Array): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const keys: number[] = [];
  for (let offset = 0; offset + EVENT.SIZE <= data.length; offset += EVENT.SIZE) {
    const isPress =
      view.getUint16(offset + EVENT.TYPE, true) === EV_KEY &&
      view.getInt32(offset + EVENT.VALUE, true) === PRESSED;
    if (isPress) keys.push(view.getUint16(offset + EVENT.CODE, true));
  }
  return keys;
}
