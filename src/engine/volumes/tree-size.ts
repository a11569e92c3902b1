/** How large a tree is. */
import { readDirectory } from '../../linux/file.ts';
import { lstat } from '../../linux/file-status.ts';

/** Bytes in everything below a directory; a file with several names counts once. Takes its time. */
export function treeSize(path: string, counted: Set<bigint> = new Set()): number {
  const { inode, links, size, type } = lstat(path);
  if (type !== 'directory') {
    if (links > 1 && counted.has(inode)) return 0;
    if (links > 1) counted.add(inode);
    return size;
  }
  return readDirectory(path).reduce((sum, name) => sum + treeSize(`${path}/${name}`, counted), 0);
}
