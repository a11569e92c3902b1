/** Tar archives of any content, also such as no honest program writes; made without the code that is tested. */
import { createHash } from 'node:crypto';

const BLOCK = 512;

/** The type flags of POSIX tar. */
export const tarTypes = {
  file: '0',
  hardLink: '1',
  link: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  /** Records about the next member, and about all that follow (pax(1)); a long name in GNU's format. */
  extended: 'x',
  global: 'g',
  longName: 'L',
} as const;

export interface RawMember {
  readonly name: string;
  readonly type?: keyof typeof tarTypes;
  readonly content?: string | Buffer;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly time?: number;
  readonly device?: readonly [major: number, minor: number];
}

/** The members as they are given, in that order. */
export function rawTar(members: readonly RawMember[]): Buffer {
  const blocks = members.flatMap((member) => {
    const content = Buffer.from(member.content ?? '');
    return [header(member, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(member: RawMember, size: number): Buffer {
  const { name, type = 'file', target = '', mode = 0o644, uid = 0, gid = 0, time = 0 } = member;
  const [major, minor] = member.device ?? [0, 0];
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), offset);
  block.write(name, 0, 100);
  octal(mode, 100, 7);
  octal(uid, 108, 7);
  octal(gid, 116, 7);
  octal(size, 124, 11);
  octal(time, 136, 11);
  block.write(' '.repeat(8), 148);
  block.write(tarTypes[type], 156);
  block.write(target, 157, 100);
  block.write('ustar\u000000', 257);
  octal(major, 329, 7);
  octal(minor, 337, 7);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.write('\u0000 ', 154);
  return block;
}

/** A pax header for the member behind it: records such as `17 path=some/name`. */
export function extendedHeader(
  records: Readonly<Record<string, string>>,
  type: 'extended' | 'global' = 'extended',
): RawMember {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (`${length}`.length + rest !== length) length = `${length}`.length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'extended', type, content: lines.join('') };
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
