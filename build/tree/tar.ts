/**
 * Tar archives from and to trees.
 * Formats: POSIX pax (pax(1) "ustar Interchange Format" and extended headers); the reader also knows GNU tar's long names,
 * which Debian packages have.
 */
import { createHash } from 'node:crypto';
import { put, sorted, type Tree, type TreeNode } from './tree.ts';

const blockSize = 512;

/** Reads an archive. A hard link becomes a second file with the same content. */
export function readTar(archive: Buffer): Tree {
  const tree: Tree = new Map();
  let longName: string | undefined;
  let longTarget: string | undefined;
  let offset = 0;
  while (offset + blockSize <= archive.length) {
    const header = archive.subarray(offset, offset + blockSize);
    if (header.every((byte) => byte === 0)) break;
    const size = numberField(header, 124, 12);
    const content = archive.subarray(offset + blockSize, offset + blockSize + size);
    offset += blockSize + Math.ceil(size / blockSize) * blockSize;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') longName = textField(content, 0, size);
    else if (type === 'K') longTarget = textField(content, 0, size);
    else if (type === 'x') {
      const records = paxRecords(content);
      longName = records.get('path') ?? longName;
      longTarget = records.get('linkpath') ?? longTarget;
    } else if (type !== 'g') {
      const prefix = textField(header, 257, 6) === 'ustar' ? textField(header, 345, 155) : '';
      const shortName = textField(header, 0, 100);
      const path = cleanPath(longName ?? (prefix ? `${prefix}/${shortName}` : shortName));
      if (path)
        put(
          tree,
          path,
          readNode(tree, header, type, content, longTarget ?? textField(header, 157, 100), path),
        );
      longName = undefined;
      longTarget = undefined;
    }
  }
  return tree;
}

function readNode(
  tree: Tree,
  header: Buffer,
  type: string,
  content: Buffer,
  target: string,
  path: string,
): TreeNode {
  const attributes = {
    mode: numberField(header, 100, 8) & 0o7777,
    uid: numberField(header, 108, 8),
    gid: numberField(header, 116, 8),
  };
  switch (type) {
    case '0':
    case '\0':
      return { type: 'file', ...attributes, content };
    case '1': {
      const original = tree.get(cleanPath(target));
      if (!original)
        throw new Error(`tar: ${path} is a hard link to ${target}, which does not come before it`);
      return original;
    }
    case '2':
      return { type: 'link', ...attributes, target };
    case '3': {
      const [major, minor] = [numberField(header, 329, 8), numberField(header, 337, 8)];
      return { type: 'character device', ...attributes, major, minor };
    }
    case '5':
      return { type: 'directory', ...attributes };
    default:
      throw new Error(`tar: ${path}: unexpected entry type "${type}"`);
  }
}

/** Writes an archive that depends on the tree alone: sorted, time stamps 0, numeric owners. */
export function writeTar(tree: Tree): Buffer {
  const blocks: Buffer[] = [];
  for (const [path, node] of sorted(tree)) {
    const name = node.type === 'directory' ? `${path}/` : path;
    const target = node.type === 'link' ? node.target : '';
    const records = [
      ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
      ...(Buffer.byteLength(target) > 100 ? [paxRecord('linkpath', target)] : []),
    ];
    if (records.length > 0) {
      const content = Buffer.from(records.join(''));
      const attributes = { mode: 0o644, uid: 0, gid: 0 };
      const name = `paxheader/${digestName(path)}`;
      blocks.push(writeHeader(name, 'x', '', attributes, content.length), content, padding(content));
    }
    const content = node.type === 'file' ? node.content : Buffer.alloc(0);
    blocks.push(writeHeader(name, typeFlag(node), target, node, content.length), content, padding(content));
  }
  blocks.push(Buffer.alloc(2 * blockSize));
  return Buffer.concat(blocks);
}

function writeHeader(
  name: string,
  type: string,
  target: string,
  node: Pick<TreeNode, 'mode' | 'uid' | 'gid'> & { major?: number; minor?: number },
  size: number,
): Buffer {
  const header = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset);
  header.write(Buffer.from(name).subarray(0, 100).toString('latin1'), 0, 'latin1');
  octal(node.mode, 100, 8);
  octal(node.uid, 108, 8);
  octal(node.gid, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12); // mtime
  header.write(' '.repeat(8), 148); // the checksum counts its own field as blanks
  header.write(type, 156);
  header.write(Buffer.from(target).subarray(0, 100).toString('latin1'), 157, 'latin1');
  header.write('ustar\x0000', 257);
  octal(node.major ?? 0, 329, 8);
  octal(node.minor ?? 0, 337, 8);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function typeFlag(node: TreeNode): string {
  switch (node.type) {
    case 'file':
      return '0';
    case 'link':
      return '2';
    case 'character device':
      return '3';
    case 'directory':
      return '5';
  }
}

function padding(content: Buffer): Buffer {
  return Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
}

/** A name for the header of a header: readers ignore it, but it should not repeat. */
function digestName(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32);
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return `${length} ${key}=${value}\n`;
}

function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let offset = 0;
  while (offset < content.length) {
    const blank = content.indexOf(0x20, offset);
    const length = Number(content.toString('latin1', offset, blank));
    if (!(length > 0)) throw new Error('tar: malformed pax header');
    const [key = '', ...value] = content.toString('utf8', blank + 1, offset + length - 1).split('=');
    records.set(key, value.join('='));
    offset += length;
  }
  return records;
}

function cleanPath(path: string): string {
  return path.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
}

function textField(buffer: Buffer, offset: number, length: number): string {
  const field = buffer.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function numberField(header: Buffer, offset: number, length: number): number {
  const text = textField(header, offset, length).trim();
  const value = Number.parseInt(text || '0', 8);
  if (Number.isNaN(value)) throw new Error(`tar: malformed number "${text}"`);
  return value;
}
