/** What the kernel says about itself and the machine: uname(2), sethostname(2). */
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { call } from './syscall.ts';

/** struct utsname: six NUL-terminated fields of this many bytes. */
const FIELD_SIZE = 65;
const FIELDS = ['system', 'hostname', 'release', 'version', 'machine', 'domain'] as const;

/** The fields of uname(2), such as `release: '6.12.1-amd64'` and `machine: 'x86_64'`. */
export function uname(): Readonly<Record<(typeof FIELDS)[number], string>> {
  const buffer = new Uint8Array(FIELD_SIZE * FIELDS.length);
  call('uname', buffer);
  const field = (index: number) => {
    const start = index * FIELD_SIZE;
    return decodeUtf8(buffer.subarray(start, buffer.indexOf(0, start)));
  };
  const [system, hostname, release, version, machine, domain] = FIELDS.map((_, index) => field(index));
  return {
    system: system ?? '',
    hostname: hostname ?? '',
    release: release ?? '',
    version: version ?? '',
    machine: machine ?? '',
    domain: domain ?? '',
  };
}

/** Sets the host name of this UTS namespace; at most 64 bytes. */
export function setHostName(name: string): void {
  call('sethostname', name, encodeUtf8(name).length);
}
