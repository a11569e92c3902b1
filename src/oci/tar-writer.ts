/**
 * Writes tar archives piece by piece: an entry is its {@link tarHeader}, its content, and {@link tarPadding};
 * an archive ends with {@link tarTrailer}. Plain ustar where everything fits, a PAX extended header before it where
 * not. The same entry always gives the same bytes.
 */
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';
import { FormatError } from './errors.ts';
import {
  fitsField,
  formatHeader,
  type PlainHeader,
  TAR_BLOCK,
  type TarEntry,
  type TarType,
} from './tar-header.ts';
import { formatPaxRecords, formatPaxTime, PAX_XATTR_PREFIX } from './tar-pax.ts';
import { paddingOf } from './tar-reader.ts';

const TYPE_FLAGS: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** An entry with everything empty but what must be said. */
export function tarEntry(fields: Pick<TarEntry, 'path' | 'type'> & Partial<TarEntry>): TarEntry {
  return {
    size: 0,
    mode: fields.type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    linkPath: '',
    deviceMajor: 0,
    deviceMinor: 0,
    userName: '',
    groupName: '',
    xattrs: new Map(),
    ...fields,
  };
}

/** The header blocks of an entry. */
export function tarHeader(entry: TarEntry): Uint8Array {
  if (entry.size > 0 && entry.type !== 'file')
    throw new FormatError(`"${entry.path}": only files have content`);
  const records = new Map<string, Uint8Array>();
  const header = plainHeader(entry, records);
  for (const [name, value] of entry.xattrs) records.set(PAX_XATTR_PREFIX + name, value);
  const block = formatHeader(header);
  return records.size === 0 ? block : concatBytes([paxHeader(header, records), block]);
}

/** The zeros that fill the last block after `size` bytes of content. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array(paddingOf(size));
}

/** The two blocks of zeros that end an archive. */
export function tarTrailer(): Uint8Array {
  return new Uint8Array(2 * TAR_BLOCK);
}

/** The ustar form of an entry; what does not fit is put into `records` and left out here. */
function plainHeader(entry: TarEntry, records: Map<string, Uint8Array>): PlainHeader {
  const put = (key: string, value: string) => records.set(key, encodeUtf8(value));
  const number = (field: 'size' | 'uid' | 'gid', value: number) => {
    if (fitsField(field, value)) return value;
    put(field, String(value));
    return 0;
  };
  const text = (field: 'linkName' | 'userName' | 'groupName', key: string, value: string) => {
    if (fitsField(field, value)) return value;
    put(key, value);
    return '';
  };
  const path = entry.type === 'directory' && !entry.path.endsWith('/') ? `${entry.path}/` : entry.path;
  const split = splitPath(path);
  if (split === undefined) put('path', path);
  const { seconds, nanoseconds } = entry.mtime;
  const isPlainTime = nanoseconds === 0 && fitsField('mtime', seconds);
  if (!isPlainTime) put('mtime', formatPaxTime(entry.mtime));
  return {
    typeFlag: TYPE_FLAGS[entry.type],
    prefix: split?.prefix ?? '',
    name: split?.name ?? shortened(path),
    linkName: text('linkName', 'linkpath', entry.linkPath),
    size: number('size', entry.size),
    mode: entry.mode & 0o7777,
    uid: number('uid', entry.uid),
    gid: number('gid', entry.gid),
    mtime: fitsField('mtime', seconds) ? seconds : 0,
    userName: text('userName', 'uname', entry.userName),
    groupName: text('groupName', 'gname', entry.groupName),
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
  };
}

/** Divides a path over the two fields at a slash, if it is ASCII and short enough. */
function splitPath(path: string): { prefix: string; name: string } | undefined {
  if (fitsField('name', path)) return { prefix: '', name: path };
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (name !== '' && fitsField('prefix', prefix) && fitsField('name', name)) return { prefix, name };
  }
  return undefined;
}

function paxHeader(header: PlainHeader, records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const body = formatPaxRecords(records);
  const block = formatHeader({
    ...header,
    typeFlag: 'x',
    prefix: '',
    name: shortened(`PaxHeaders/${header.name.replace(/\/$/, '').replace(/^.*\//, '')}`),
    linkName: '',
    size: body.length,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    userName: '',
    groupName: '',
    deviceMajor: 0,
    deviceMinor: 0,
  });
  return concatBytes([block, body, tarPadding(body.length)]);
}

/** A name for readers that do not know PAX. */
function shortened(path: string): string {
  return path.replace(/[^\x20-\x7e]/g, '_').slice(0, 100);
}
