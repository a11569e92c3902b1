/** Mount options as mount(8) takes them with `-o`: flags of mount(2), and the rest for the filesystem. */

import { MS } from '../../linux/mount.ts';
import { lookUp } from '../../oci/look-up.ts';
import { invalidParameter } from '../errors.ts';

export interface MountOptions {
  readonly flags: number;
  /** What the filesystem itself understands, separated by commas. */
  readonly data: string;
}

const NOATIME = 0x400;
const NODIRATIME = 0x800;
const SYNCHRONOUS = 0x10;
const DIRSYNC = 0x80;

/** Bits to set or, where `clears` says so, to take away. */
const FLAGS: Readonly<Record<string, { readonly bits: number; readonly clears?: true }>> = {
  defaults: { bits: 0 },
  ro: { bits: MS.RDONLY },
  rw: { bits: MS.RDONLY, clears: true },
  nosuid: { bits: MS.NOSUID },
  suid: { bits: MS.NOSUID, clears: true },
  nodev: { bits: MS.NODEV },
  dev: { bits: MS.NODEV, clears: true },
  noexec: { bits: MS.NOEXEC },
  exec: { bits: MS.NOEXEC, clears: true },
  sync: { bits: SYNCHRONOUS },
  async: { bits: SYNCHRONOUS, clears: true },
  dirsync: { bits: DIRSYNC },
  noatime: { bits: NOATIME },
  atime: { bits: NOATIME, clears: true },
  nodiratime: { bits: NODIRATIME },
  diratime: { bits: NODIRATIME, clears: true },
  relatime: { bits: MS.RELATIME },
  bind: { bits: MS.BIND },
  rbind: { bits: MS.BIND | MS.REC },
};

/** Separates flags from data. Throws 400 for `remount`, which is no way to mount. */
export function parseMountOptions(text: string): MountOptions {
  let flags = 0;
  const data: string[] = [];
  for (const option of text.split(',')) {
    if (option === 'remount') throw invalidParameter('invalid mount option: "remount"');
    const flag = lookUp(FLAGS, option);
    if (flag === undefined) data.push(option);
    else flags = flag.clears ? flags & ~flag.bits : flags | flag.bits;
  }
  return { flags, data: data.filter(Boolean).join(',') };
}
