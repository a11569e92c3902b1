/** What the dynamic linker will look for: elf(5), 64-bit little-endian only. */

export interface Linkage {
  /** Names such as `libc.so.6` (DT_NEEDED). */
  readonly needed: readonly string[];
  /** Absolute path of the dynamic linker (PT_INTERP); libraries have none. */
  readonly interpreter?: string;
}

const programHeaderLoad = 1;
const programHeaderDynamic = 2;
const programHeaderInterpreter = 3;
const dynamicNeeded = 1n;
const dynamicStringTable = 5n;

/** The linkage of an ELF executable or library; undefined for any other file. A static executable needs nothing. */
export function readLinkage(content: Buffer): Linkage | undefined {
  if (content.length < 64 || content.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const segments = programHeaders(content);
  const interpreter = segments.find(({ type }) => type === programHeaderInterpreter);
  const dynamic = segments.find(({ type }) => type === programHeaderDynamic);
  const entries: [tag: bigint, value: bigint][] = [];
  for (let at = dynamic?.offset ?? 0, end = at + (dynamic?.size ?? 0); at + 16 <= end; at += 16) {
    entries.push([content.readBigUInt64LE(at), content.readBigUInt64LE(at + 8)]);
  }
  const address = Number(entries.find(([tag]) => tag === dynamicStringTable)?.[1] ?? 0n);
  const holder = segments.find(
    ({ type, address: start, size }) =>
      type === programHeaderLoad && address >= start && address < start + size,
  );
  const strings = holder ? address - holder.address + holder.offset : 0;
  return {
    needed: entries
      .filter(([tag]) => tag === dynamicNeeded)
      .map(([, offset]) => stringAt(content, strings + Number(offset))),
    ...(interpreter && { interpreter: stringAt(content, interpreter.offset) }),
  };
}

function programHeaders(content: Buffer) {
  const table = Number(content.readBigUInt64LE(32));
  const entrySize = content.readUInt16LE(54);
  return Array.from({ length: content.readUInt16LE(56) }, (_, index) => {
    const at = table + index * entrySize;
    return {
      type: content.readUInt32LE(at),
      offset: Number(content.readBigUInt64LE(at + 8)),
      address: Number(content.readBigUInt64LE(at + 16)),
      size: Number(content.readBigUInt64LE(at + 32)),
    };
  });
}

function stringAt(content: Buffer, offset: number): string {
  return content.toString('utf8', offset, content.indexOf(0, offset));
}
