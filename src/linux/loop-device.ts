/** Loop devices: a file as a block device (loop(4)). */
import { encodeUtf8 } from './bytes.ts';
import { isErrno } from './errno.ts';
import { close, O, open, withFile } from './file-descriptor.ts';
import { callOnPath } from './syscall.ts';

const LOOP_CTL_GET_FREE = 0x4c82;
const LOOP_CONFIGURE = 0x4c0a;
const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;

/** struct loop_config: the file's descriptor, the block size, then struct loop_info64 with flags and name. */
const LOOP_CONFIG = { SIZE: 304, FLAGS: 60, NAME: 64, NAME_LENGTH: 63 } as const;

const ATTEMPTS = 10;

/**
 * Makes a file readable as a block device; `use` gets the path of the device. The device goes away by itself once
 * nothing uses it, so `use` mounts it (or opens it) before it returns.
 */
export function withLoopDevice<Result>(file: string, use: (device: string) => Result): Result {
  return withFile(file, O.RDONLY, (backing) => {
    const { device, fd } = attachToFreeDevice(file, backing);
    try {
      return use(device);
    } finally {
      close(fd);
    }
  });
}

/** Another process may take the free device first; then there is another one. */
function attachToFreeDevice(file: string, backing: number): { device: string; fd: number } {
  for (let attempt = 1; ; attempt++) {
    const device = freeDevice();
    const fd = open(device, O.RDONLY);
    try {
      callOnPath(device, 'ioctl', fd, LOOP_CONFIGURE, loopConfiguration(file, backing));
      return { device, fd };
    } catch (error) {
      close(fd);
      if (!isErrno(error, 'EBUSY') || attempt === ATTEMPTS) throw error;
    }
  }
}

function freeDevice(): string {
  const control = '/dev/loop-control';
  const number = withFile(control, O.RDWR, (fd) => callOnPath(control, 'ioctl', fd, LOOP_CTL_GET_FREE));
  return `/dev/loop${number}`;
}

function loopConfiguration(file: string, backing: number): Uint8Array {
  const configuration = new Uint8Array(LOOP_CONFIG.SIZE);
  const view = new DataView(configuration.buffer);
  view.setUint32(0, backing, true);
  view.setUint32(LOOP_CONFIG.FLAGS, LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR, true);
  configuration.set(encodeUtf8(file).subarray(0, LOOP_CONFIG.NAME_LENGTH), LOOP_CONFIG.NAME);
  return configuration;
}
