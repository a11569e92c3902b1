/** How large a tree is. Runs in a worker. */
import { isErrno } from '../../linux/errno.ts';
import { readDirectory } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { lstat } from '../../linux/file-status.ts';
import { pathAt } from '../../linux/open-in-root.ts';

/**
 * Bytes in everything below a path; a file with several names counts once. What vanishes meanwhile does not count.
 *
 * One directory is open at a time, and the way back up is `..`: so no tree is too deep for paths or descriptors. Links
 * are not followed, whoever puts them there.
 */
export function treeSize(path: string): number {
  let size = 0;
  const counted = new Set<bigint>();
  ifThere(() => {
    const status = lstat(path);
    if (status.type !== 'directory') {
      size = status.size;
      return;
    }
    /** The names that are left in each directory from the top to the one that is open. */
    const levels: string[][] = [];
    let fd = -1;
    const enter = (directory: string) => {
      const entered = open(directory, O.RDONLY | oDirectory() | oNoFollow());
      close(fd);
      fd = entered;
    };
    enter(path);
    levels.push(readDirectory(pathAt(fd, '.')));
    while (levels.length > 0) {
      const name = levels.at(-1)?.pop();
      if (name === undefined) {
        levels.pop();
        if (levels.length > 0) enter(pathAt(fd, '..'));
        continue;
      }
      ifThere(() => {
        const { inode, links, size: bytes, type } = lstat(pathAt(fd, name));
        if (type === 'directory') {
          enter(pathAt(fd, name));
          levels.push(readDirectory(pathAt(fd, '.')));
        } else if (links === 1 || !counted.has(inode)) {
          if (links > 1) counted.add(inode);
          size += bytes;
        }
      });
    }
    close(fd);
  });
  return size;
}

function ifThere(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
  }
}
