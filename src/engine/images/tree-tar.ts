/**
 * A directory tree as a tar. Runs in a worker, for all of its calls block.
 *
 * The tree is not trusted, and may change meanwhile: symbolic links are not followed, each file gets as many bytes as its
 * header says, and what has vanished since its directory was read is left out.
 */
import { isErrno } from '../../linux/errno.ts';
import { getAttribute, listAttributes } from '../../linux/extended-attributes.ts';
import { readDirectory, readLink } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open, read } from '../../linux/file-descriptor.ts';
import { type FileStatus, lstat } from '../../linux/file-status.ts';
import { pathAt } from '../../linux/open-in-root.ts';
import { FormatError } from '../../oci/errors.ts';
import { layerEntries } from '../../oci/layer-diff.ts';
import type { TarEntry } from '../../oci/tar-header.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from '../../oci/tar-writer.ts';

const READ_SIZE = 128 * 1024;

/** A directory that is being walked: its names are taken from the end. */
interface Level {
  readonly fd: number;
  /** In the tree, with a slash at its end; empty for the top. */
  readonly prefix: string;
  readonly names: string[];
}

/**
 * Writes everything below a directory, sorted, parents first. What overlayfs has left in an upper directory becomes the
 * marks of a layer: removed names, opaque directories.
 * @param root the open directory, which is closed
 * @param write takes pieces of the tar, to be used before returning
 */
export function writeTreeTar(root: number, write: (bytes: Uint8Array) => void): void {
  const buffer = new Uint8Array(READ_SIZE);
  const links = new Map<string, string>();
  const levels = [levelOf(root, '')];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names.pop();
      if (name === undefined) {
        levels.pop();
        close(level.fd);
        continue;
      }
      const path = level.prefix + name;
      const place = pathAt(level.fd, name);
      ifThere(path, () => {
        const status = lstat(place);
        writeNode(place, path, status, links, buffer, write);
        if (status.type !== 'directory') return;
        levels.push(levelOf(open(place, O.RDONLY | oDirectory() | oNoFollow()), `${path}/`));
      });
    }
  } finally {
    for (const { fd } of levels) close(fd);
  }
  write(tarTrailer());
}

function levelOf(fd: number, prefix: string): Level {
  return { fd, prefix, names: readDirectory(pathAt(fd, '.')).reverse() };
}

function ifThere(path: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    if (path.includes('\ufffd')) throw new FormatError(`name "${path}" is not UTF-8`);
  }
}

function writeNode(
  place: string,
  path: string,
  status: FileStatus,
  links: Map<string, string>,
  buffer: Uint8Array,
  write: (bytes: Uint8Array) => void,
): void {
  // As in Docker: a socket means nothing without the process behind it, and tar has no type for it.
  if (status.type === 'socket') return;
  const { device, inode } = status;
  const identity = `${device.major}:${device.minor}:${inode}`;
  const hasOtherNames = status.type !== 'directory' && status.links > 1;
  const earlier = hasOtherNames ? links.get(identity) : undefined;
  if (earlier !== undefined) {
    write(tarHeader({ ...entryOf(place, path, status), type: 'hardlink', linkPath: earlier, size: 0 }));
    return;
  }
  if (hasOtherNames) links.set(identity, path);
  // Opened before anything is written, since it may be gone.
  const content = status.type === 'file' ? open(place, O.RDONLY | oNoFollow() | O.NONBLOCK) : undefined;
  try {
    for (const entry of layerEntries(entryOf(place, path, status))) {
      write(tarHeader(entry));
      if (content !== undefined && entry.size > 0) writeContent(content, entry.size, buffer, write);
    }
  } finally {
    if (content !== undefined) close(content);
  }
}

function entryOf(place: string, path: string, status: FileStatus): TarEntry {
  const { type, mode, uid, gid, size, modified, node } = status;
  const isDevice = type === 'character' || type === 'block';
  return tarEntry({
    path,
    type: type === 'link' ? 'symlink' : type === 'socket' ? 'fifo' : type,
    size: type === 'file' ? size : 0,
    mode,
    uid,
    gid,
    // As in Docker, whole seconds: a fraction would cost two more blocks for every entry.
    mtime: { seconds: modified.seconds, nanoseconds: 0 },
    ...(type === 'link' && { linkPath: readLink(place) }),
    ...(isDevice && { deviceMajor: node.major, deviceMinor: node.minor }),
    xattrs: attributesOf(place),
  });
}

function attributesOf(place: string): Map<string, Uint8Array> {
  return new Map(
    listAttributes(place).flatMap((name) => {
      const value = getAttribute(place, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** As many bytes of an open file as its header says. Zeros stand for what has been cut off since. */
export function writeContent(
  fd: number,
  size: number,
  buffer: Uint8Array,
  write: (bytes: Uint8Array) => void,
): void {
  let rest = size;
  while (rest > 0) {
    const window = buffer.subarray(0, Math.min(rest, buffer.length));
    const count = read(fd, window);
    if (count === 0) window.fill(0);
    const piece = count === 0 ? window : window.subarray(0, count);
    write(piece);
    rest -= piece.length;
  }
  write(tarPadding(size));
}
