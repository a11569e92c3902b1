/** What is at a path of a container. Runs in a worker that has entered the container's view. */
import { formatTimestamp } from '../../linux/clock.ts';
import { isErrno, SyscallError } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { directoryOf, readLink } from '../../linux/file.ts';
import { close, O, oNoFollow } from '../../linux/file-descriptor.ts';
import { fstat } from '../../linux/file-status.ts';
import { openInRoot, pathAt } from '../../linux/open-in-root.ts';
import { cleanPath } from '../containers/mount-points.ts';
import { type EngineError, invalidParameter, notFound } from '../errors.ts';
import { pathInContainer } from './container-view.ts';
import { goFileMode } from './go-file-mode.ts';

/** The JSON of the header `X-Docker-Container-Path-Stat`. */
export interface PathStatus {
  readonly name: string;
  readonly size: number;
  /** As a number of Go's `os.FileMode`. */
  readonly mode: number;
  /** RFC 3339. */
  readonly mtime: string;
  /** Where a symbolic link leads to in the container, or empty. */
  readonly linkTarget: string;
}

/**
 * Opens what is at a path: `O_PATH`.
 * @param container as the request names it, for messages
 * @param follows whether a symbolic link at its end is followed; it is in any case if a slash comes behind it
 * @throws EngineError as Docker answers
 */
export function openPath(
  root: number,
  path: string,
  container: string,
  follows = /\/\.?$/.test(path),
): number {
  try {
    return openInRoot(root, `/${path}`, O.PATH | (follows ? 0 : oNoFollow()));
  } catch (error) {
    throw pathError(error, path, container);
  }
}

/** The error for a path that cannot be used. */
export function pathError(error: unknown, path: string, container: string): EngineError {
  if (isErrno(error, 'ENOENT')) {
    return notFound(`Could not find the file ${path} in container ${container}`);
  }
  if (error instanceof SyscallError) return invalidParameter(errorMessage(error), { cause: error });
  throw error;
}

/** Describes what an open file of the view is; `path` is how it was asked for. */
export function pathStatus(root: number, fd: number, path: string): PathStatus {
  const status = fstat(fd);
  const { seconds, nanoseconds } = status.modified;
  return {
    name: baseName(path),
    size: status.size,
    mode: goFileMode(status),
    mtime: shortened(formatTimestamp(seconds, nanoseconds)),
    linkTarget: status.type === 'link' ? linkTarget(root, fd) : '',
  };
}

/** The last part of a path as Go's `filepath.Base` has it: `.` for a path that ends with `/.`, `/` for the root. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1) || '/';
}

/** Followed to its end; where that does not exist, one step. */
function linkTarget(root: number, fd: number): string {
  const link = pathInContainer(fd);
  try {
    const target = openInRoot(root, link, O.PATH);
    try {
      return pathInContainer(target);
    } finally {
      close(target);
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    const text = readLink(pathAt(root, link.slice(1)));
    return cleanPath(text.startsWith('/') ? text : `${directoryOf(link)}/${text}`);
  }
}

/** Go leaves zeros at the end of the fraction out. */
function shortened(timestamp: string): string {
  return timestamp.replace(/\.?0*Z$/, 'Z');
}
