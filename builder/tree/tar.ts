/** Tar archives from and to trees, by the tar reader and writer of the OS itself. */
import type { TarEntry } from '../../src/oci/tar-header.ts';
import { TarReader } from '../../src/oci/tar-reader.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from '../../src/oci/tar-writer.ts';
import { put, sorted, type Tree, type TreeNode } from './tree.ts';

/** Reads an archive. A hard link becomes a second file with the same content. */
export function readTar(archive: Buffer): Tree {
  const tree: Tree = new Map();
  let current: TarEntry | undefined;
  let content: Buffer[] = [];
  const reader = new TarReader({
    entry(entry) {
      current = entry;
      content = [];
    },
    data(bytes) {
      content.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    },
    entryEnd() {
      if (!current) return;
      const path = cleanPath(current.path);
      if (path) put(tree, path, readNode(tree, current, joined(content)));
    },
  });
  reader.push(archive);
  reader.end();
  return tree;
}

/** Without a copy in the usual case that the whole archive was given at once. */
function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

function readNode(tree: Tree, entry: TarEntry, content: Buffer): TreeNode {
  const { mode, uid, gid } = entry;
  switch (entry.type) {
    case 'file':
      return { type: 'file', mode, uid, gid, content };
    case 'directory':
      return { type: 'directory', mode, uid, gid };
    case 'symlink':
      return { type: 'link', mode: 0o777, uid, gid, target: entry.linkPath };
    case 'hardlink': {
      const original = tree.get(cleanPath(entry.linkPath));
      if (original) return original;
      throw new Error(`${entry.path} is a hard link to ${entry.linkPath}, which does not come before it`);
    }
    case 'character':
      return { type: 'character device', mode, uid, gid, major: entry.deviceMajor, minor: entry.deviceMinor };
    default:
      throw new Error(`${entry.path} is a ${entry.type}, which a package should not have`);
  }
}

/** Writes an archive that depends on the tree alone: sorted, time stamps 0, numeric owners. */
export function writeTar(tree: Tree): Buffer {
  const parts: Uint8Array[] = [];
  for (const [path, node] of sorted(tree)) {
    const content = node.type === 'file' ? node.content : Buffer.alloc(0);
    parts.push(tarHeader(writtenEntry(path, node, content.length)), content, tarPadding(content.length));
  }
  parts.push(tarTrailer());
  return Buffer.concat(parts);
}

function writtenEntry(path: string, node: TreeNode, size: number): TarEntry {
  const attributes = { path, mode: node.mode, uid: node.uid, gid: node.gid };
  switch (node.type) {
    case 'file':
      return tarEntry({ ...attributes, type: 'file', size });
    case 'directory':
      return tarEntry({ ...attributes, type: 'directory' });
    case 'link':
      return tarEntry({ ...attributes, type: 'symlink', linkPath: node.target });
    case 'character device':
      return tarEntry({ ...attributes, type: 'character', deviceMajor: node.major, deviceMinor: node.minor });
  }
}

function cleanPath(path: string): string {
  return path.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
}
