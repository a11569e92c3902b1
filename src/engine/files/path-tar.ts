/**
 * What is at a path of a container as a tar. Runs in a worker that has entered the container's view.
 *
 * The tree is not trusted and may change meanwhile: symbolic links are not followed, each file gets as many bytes as its
 * header says, and what vanishes is left out.
 */
import { isErrno } from '../../linux/errno.ts';
import { getAttribute } from '../../linux/extended-attributes.ts';
import { readDirectory, readLink } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { type FileStatus, lstat } from '../../linux/file-status.ts';
import { pathAt } from '../../linux/open-in-root.ts';
import { tarEntry, tarHeader, tarTrailer } from '../../oci/tar-writer.ts';
import { writeContent } from '../images/tree-tar.ts';

const READ_SIZE = 128 * 1024;
/** The only attribute that Docker's archives carry. */
const CAPABILITIES = 'security.capability';

/**
 * Writes the archive.
 * @param place leads to the file or directory, without a link on the way
 * @param name of it in the archive
 * @param write takes pieces, to be used before returning
 */
export function writePathTar(place: string, name: string, write: (bytes: Uint8Array) => void): void {
  writeNode(place, name, { write, links: new Map(), buffer: new Uint8Array(READ_SIZE) });
  write(tarTrailer());
}

interface Archive {
  readonly write: (bytes: Uint8Array) => void;
  /** Names of files that have several, by device and inode. */
  readonly links: Map<string, string>;
  readonly buffer: Uint8Array;
}

function writeNode(place: string, path: string, archive: Archive): void {
  try {
    const status = lstat(place);
    // A socket means nothing without the process behind it, and tar has no type for it.
    if (status.type === 'socket') return;
    if (status.type === 'directory') writeDirectory(place, path, status, archive);
    else if (status.type === 'file') writeFile(place, path, status, archive);
    else archive.write(headerOf(place, path, status));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function writeDirectory(place: string, path: string, status: FileStatus, archive: Archive): void {
  const fd = open(place, O.RDONLY | oDirectory() | oNoFollow());
  try {
    archive.write(headerOf(place, path, status));
    const prefix = path.endsWith('/') ? path : `${path}/`;
    for (const name of readDirectory(pathAt(fd, '.'))) writeNode(pathAt(fd, name), prefix + name, archive);
  } finally {
    close(fd);
  }
}

function writeFile(place: string, path: string, status: FileStatus, archive: Archive): void {
  const { device, inode, links } = status;
  const identity = `${device.major}:${device.minor}:${inode}`;
  const earlier = links > 1 ? archive.links.get(identity) : undefined;
  if (earlier !== undefined) {
    archive.write(headerOf(place, path, status, earlier));
    return;
  }
  const fd = open(place, O.RDONLY | oNoFollow() | O.NONBLOCK);
  try {
    archive.write(headerOf(place, path, status));
    writeContent(fd, status.size, archive.buffer, archive.write);
  } finally {
    close(fd);
  }
  if (links > 1) archive.links.set(identity, path);
}

function headerOf(place: string, path: string, status: FileStatus, hardLink?: string): Uint8Array {
  const { type, mode, uid, gid, size, modified, node } = status;
  const capabilities = type === 'file' ? getAttribute(place, CAPABILITIES) : undefined;
  const isLink = type === 'link';
  return tarHeader(
    tarEntry({
      path,
      type: hardLink !== undefined ? 'hardlink' : isLink || type === 'socket' ? 'symlink' : type,
      size: type === 'file' && hardLink === undefined ? size : 0,
      mode,
      uid,
      gid,
      // As in Docker, whole seconds: a fraction would cost two more blocks for every entry.
      mtime: { seconds: modified.seconds, nanoseconds: 0 },
      linkPath: isLink ? readLink(place) : (hardLink ?? ''),
      deviceMajor: node.major,
      deviceMinor: node.minor,
      xattrs: new Map(capabilities === undefined ? [] : [[CAPABILITIES, capabilities]]),
    }),
  );
}
