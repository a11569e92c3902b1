/**
 * Copies what is in a directory to an empty one: contents, owners, modes, times, extended attributes, hard links among
 * the files, devices. Runs in a worker, for all of its calls block.
 *
 * Neither tree is trusted: symbolic links are copied and never followed, also if somebody puts them there meanwhile.
 */
import { isErrno } from '../../linux/errno.ts';
import { getAttribute, listAttributes, setAttribute } from '../../linux/extended-attributes.ts';
import {
  changeMode,
  changeOwner,
  directoryOf,
  makeDirectory,
  makeHardLink,
  makeLink,
  makeNode,
  readDirectory,
  readLink,
} from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { type FileStatus, lstat, MODE_TYPE } from '../../linux/file-status.ts';
import { setModificationTime } from '../../linux/file-times.ts';
import { openDirectoryInRoot, pathAt } from '../../linux/open-in-root.ts';
import { callOnPath } from '../../linux/syscall.ts';

const SENDFILE_SIZE = 1024 * 1024 * 1024;

/** Copies all names in the open directory `source` to `target`, and the directory's own owner, mode and times. */
export function copyTree(source: number, target: number): void {
  const from = pathAt(source, '.');
  const to = pathAt(target, '.');
  const status = lstat(from);
  copyDirectory(source, target, { target, links: new Map() });
  changeOwner(to, status.uid, status.gid);
  changeMode(to, status.mode);
  copyAttributesAndTimes(from, to, status);
}

/** What a copy knows of its whole. */
interface Copy {
  readonly target: number;
  /** Where files with several names have been copied to, relative to the target, by device and inode. */
  readonly links: Map<string, string>;
}

function copyDirectory(source: number, target: number, copy: Copy, prefix = ''): void {
  for (const name of readDirectory(pathAt(source, '.'))) {
    copyNode(pathAt(source, name), pathAt(target, name), copy, prefix + name);
  }
}

/** @param path of the copy relative to the whole target */
function copyNode(from: string, to: string, copy: Copy, path: string): void {
  const status = lstat(from);
  const { device, inode, links, type } = status;
  const identity = `${device.major}:${device.minor}:${inode}`;
  const earlier = type !== 'directory' && links > 1 ? copy.links.get(identity) : undefined;
  if (earlier !== undefined) {
    linkEarlier(copy.target, earlier, to);
    return;
  }
  switch (type) {
    case 'file':
      copyFile(from, to, status);
      break;
    case 'directory':
      copySubdirectory(from, to, status, copy, path);
      break;
    case 'link':
      makeLink(readLink(from), to);
      changeOwner(to, status.uid, status.gid);
      break;
    default:
      makeNode(to, MODE_TYPE[type] | status.mode, status.node);
      changeOwner(to, status.uid, status.gid);
  }
  copyAttributesAndTimes(from, to, status);
  if (type !== 'directory' && links > 1) copy.links.set(identity, path);
}

function linkEarlier(root: number, earlier: string, to: string): void {
  const directory = openDirectoryInRoot(root, directoryOf(earlier));
  try {
    makeHardLink(pathAt(directory, earlier.slice(earlier.lastIndexOf('/') + 1)), to);
  } finally {
    close(directory);
  }
}

/** The mode is set by descriptor, since chmod by name would follow a link; last, since chown takes set-id bits away. */
function copyFile(from: string, to: string, { uid, gid, mode }: FileStatus): void {
  const source = open(from, O.RDONLY | oNoFollow());
  try {
    const target = open(to, O.WRONLY | O.CREAT | O.EXCL | oNoFollow(), 0o600);
    try {
      while (callOnPath(to, 'sendfile', target, source, null, SENDFILE_SIZE) > 0);
      callOnPath(to, 'fchown', target, uid, gid);
      callOnPath(to, 'fchmod', target, mode);
    } finally {
      close(target);
    }
  } finally {
    close(source);
  }
}

function copySubdirectory(
  from: string,
  to: string,
  { uid, gid, mode }: FileStatus,
  copy: Copy,
  path: string,
): void {
  makeDirectory(to, 0o700);
  const source = open(from, O.RDONLY | oDirectory() | oNoFollow());
  try {
    const target = open(to, O.RDONLY | oDirectory() | oNoFollow());
    try {
      copyDirectory(source, target, copy, `${path}/`);
      callOnPath(to, 'fchown', target, uid, gid);
      callOnPath(to, 'fchmod', target, mode);
    } finally {
      close(target);
    }
  } finally {
    close(source);
  }
}

/** After a change of the owner, which takes capabilities away. */
function copyAttributesAndTimes(from: string, to: string, { modified }: FileStatus): void {
  for (const name of listAttributes(from)) {
    const value = getAttribute(from, name);
    if (value !== undefined) copyAttribute(to, name, value);
  }
  setModificationTime(to, modified);
}

/** A filesystem may know fewer attributes than the one that the file comes from. */
function copyAttribute(path: string, name: string, value: Uint8Array): void {
  try {
    setAttribute(path, name, value);
  } catch (error) {
    if (!isErrno(error, 'EOPNOTSUPP')) throw error;
  }
}
