/** Initramfs archives: cpio in "newc" form, as described in Documentation/driver-api/early-userspace/buffer-format.rst. */
import { sorted, type Tree, type TreeNode } from './tree.ts';

const fileTypeBits = { file: 0o100000, directory: 0o040000, link: 0o120000, 'character device': 0o020000 };

/** Writes an archive that depends on the tree alone: sorted, time stamps 0, inodes counted from 1. */
export function writeCpio(tree: Tree): Buffer {
  const parts: Buffer[] = [];
  let inode = 0;
  for (const [path, node] of sorted(tree)) {
    inode += 1;
    const content =
      node.type === 'file' ? node.content : Buffer.from(node.type === 'link' ? node.target : '');
    parts.push(entry(path, inode, node, content));
  }
  const end: TreeNode = { type: 'file', mode: 0, uid: 0, gid: 0, content: Buffer.alloc(0) };
  parts.push(entry('TRAILER!!!', 0, end, end.content));
  return Buffer.concat(parts);
}

function entry(path: string, inode: number, node: TreeNode, content: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`);
  const [major, minor] = node.type === 'character device' ? [node.major, node.minor] : [0, 0];
  const fields = [
    inode,
    fileTypeBits[node.type] | node.mode,
    node.uid,
    node.gid,
    node.type === 'directory' ? 2 : 1, // links
    0, // mtime
    content.length,
    0, // device that holds the file: major,
    0, // minor
    major,
    minor,
    name.length,
    0, // check
  ];
  const header = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([toFour(Buffer.concat([Buffer.from(header), name])), toFour(content)]);
}

/** Headers with names, and contents, end at a multiple of four bytes. */
function toFour(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
