/** How large a tree is. Runs in a worker. */
import { isErrno } from '../../linux/errno.ts';
import { readDirectory } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { lstat } from '../../linux/file-status.ts';
import { pathAt } from '../../linux/open-in-root.ts';

/** Bytes in everything below a path; a file with several names counts once. What vanishes meanwhile does not count. */
export function treeSize(path: string, counted: Set<bigint> = new Set()): number {
  try {
    const { inode, links, size, type } = lstat(path);
    if (type === 'directory') return directorySize(path, counted);
    if (links > 1 && counted.has(inode)) return 0;
    if (links > 1) counted.add(inode);
    return size;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    return 0;
  }
}

/** By descriptor, so that no tree is too deep for a path, and no link that somebody puts there meanwhile is followed. */
function directorySize(path: string, counted: Set<bigint>): number {
  const fd = open(path, O.RDONLY | oDirectory() | oNoFollow());
  try {
    return readDirectory(pathAt(fd, '.')).reduce((sum, name) => sum + treeSize(pathAt(fd, name), counted), 0);
  } finally {
    close(fd);
  }
}
