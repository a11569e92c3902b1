/** Names of the system and its kernel: uname(2), sethostname(2). */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { call } from './syscall.ts';

const FIELD_LENGTH = 65;

export interface SystemName {
  /** The host name. */
  readonly node: string;
  /** The kernel's version, as `uname -r` prints it. */
  readonly release: string;
  /** The kernel's build. */
  readonly version: string;
  /** `x86_64` or `aarch64`. */
  readonly machine: string;
}

/** struct utsname: six strings of 65 bytes each. */
export function systemName(): SystemName {
  const buffer = new Uint8Array(6 * FIELD_LENGTH);
  call('uname', buffer);
  const field = (index: number) => {
    const bytes = buffer.subarray(index * FIELD_LENGTH, (index + 1) * FIELD_LENGTH);
    return decodeUtf8(bytes.subarray(0, bytes.indexOf(0)));
  };
  return { node: field(1), release: field(2), version: field(3), machine: field(4) };
}

/** Sets the host name of this UTS namespace. */
export function setHostName(name: string): void {
  call('sethostname', name, encodeUtf8(name).length);
}
