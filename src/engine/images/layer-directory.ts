/**
 * Executes the operations of a layer in a directory. Runs in a worker.
 *
 * The layer may be hostile: no name, symbolic link or hard link in it reaches anything outside of the directory. Every
 * path is resolved as if the directory were `/` (openat2), and its last name is never followed.
 */
import { describeErrno, isErrno, SyscallError } from '../../linux/errno.ts';
import { setAttribute } from '../../linux/extended-attributes.ts';
import {
  changeMode,
  changeOwner,
  makeDirectory,
  makeHardLink,
  makeLink,
  makeNode,
  removeFile,
  removeTree,
} from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open, writeAll } from '../../linux/file-descriptor.ts';
import { type FileStatus, lstatIfExists, MODE_TYPE } from '../../linux/file-status.ts';
import { setModificationTime } from '../../linux/file-times.ts';
import { log } from '../../linux/log.ts';
import { openDirectoryInRoot, pathAt } from '../../linux/open-in-root.ts';
import { FormatError } from '../../oci/errors.ts';
import { type LayerOperation, type Metadata, OPAQUE_XATTR } from '../../oci/layer.ts';
import { LAYER_ROOT, splitLayerPath } from '../../oci/layer-path.ts';
import type { TarTime } from '../../oci/tar-header.ts';

/** Of directories which the layer has something in without having them. */
const IMPLIED_DIRECTORY_MODE = 0o755;
/** Extended attributes of overlayfs' own. */
const OVERLAY_ATTRIBUTES = 'trusted.overlay.';
const YES = new Uint8Array(['y'.charCodeAt(0)]);

type Operation<Name extends LayerOperation['do']> = Extract<LayerOperation, { do: Name }>;

/** A name in an open directory. */
interface Place {
  /** Leads to the name without any link on the way. */
  readonly path: string;
  /** In the layer, for messages. */
  readonly layerPath: string;
}

export class LayerDirectory {
  readonly #root: number;
  /** The directory of the last operation: most entries of an archive lie beside the one before. */
  #parent: { path: string; fd: number } | undefined;
  #file: { fd: number; place: Place; metadata: Metadata } | undefined;
  readonly #directoryTimes = new Map<string, TarTime>();
  #hasWarned = false;

  /** @param path an existing, empty directory */
  constructor(path: string) {
    this.#root = open(path, O.RDONLY | oDirectory());
  }

  /** Executes an operation. The content of a `file` follows by `write`, and `endFile` completes it. */
  apply(operation: LayerOperation): void {
    this.#about(operation.path, () => {
      switch (operation.do) {
        case 'file':
          return this.#openFile(operation);
        case 'directory':
          return this.#makeDirectory(operation);
        case 'symlink':
          return this.#makeSymlink(operation);
        case 'hardlink':
          return this.#makeHardlink(operation);
        case 'device':
          return this.#makeNode(operation, MODE_TYPE[operation.kind], operation);
        case 'fifo':
          return this.#makeNode(operation, MODE_TYPE.fifo, { major: 0, minor: 0 });
        case 'whiteout':
          return this.#makeWhiteout(operation);
        case 'opaque':
          return this.#makeOpaque(operation);
      }
    });
  }

  /** The next bytes of the file that is being made. */
  write(bytes: Uint8Array): void {
    const file = this.#file;
    if (file !== undefined) this.#about(file.place.layerPath, () => writeAll(file.fd, bytes));
  }

  /** Completes the file that is being made, if there is one. */
  endFile(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    close(file.fd);
    this.#about(file.place.layerPath, () => {
      this.#setMetadata(file.place, file.metadata);
      setModificationTime(file.place.path, file.metadata.mtime);
    });
  }

  /** To be called after the last operation: directories get their times, which every name in them has changed. */
  finish(): void {
    for (const [layerPath, time] of this.#directoryTimes) {
      this.#about(layerPath, () => {
        const { path } = this.#place(layerPath);
        if (lstatIfExists(path)?.type === 'directory') setModificationTime(path, time);
      });
    }
  }

  /** Removes the file that was being made, after an error. */
  removeUnfinished(): void {
    if (this.#file !== undefined) removeFile(this.#file.place.path);
  }

  /** Closes what is open. */
  close(): void {
    if (this.#file !== undefined) close(this.#file.fd);
    if (this.#parent !== undefined) close(this.#parent.fd);
    close(this.#root);
  }

  #openFile(operation: Operation<'file'>): void {
    const place = this.#emptyPlace(operation.path);
    const fd = open(place.path, O.WRONLY | O.CREAT | O.EXCL | oNoFollow(), 0o600);
    this.#file = { fd, place, metadata: operation };
  }

  #makeDirectory(operation: Operation<'directory'>): void {
    const place = this.#place(operation.path);
    this.#ensureDirectory(place);
    this.#setMetadata(place, operation);
    this.#directoryTimes.set(operation.path, operation.mtime);
  }

  #makeSymlink(operation: Operation<'symlink'>): void {
    const place = this.#emptyPlace(operation.path);
    makeLink(operation.target, place.path);
    changeOwner(place.path, operation.uid, operation.gid);
    this.#setAttributes(place, operation);
    setModificationTime(place.path, operation.mtime);
  }

  #makeHardlink({ path, target }: Operation<'hardlink'>): void {
    const { directory, name } = splitLayerPath(target);
    const targetDirectory = this.#about(target, () => openDirectoryInRoot(this.#root, directory));
    try {
      const existing = pathAt(targetDirectory, name);
      if (lstatIfExists(existing) === undefined) {
        throw new FormatError(`hard link "${path}" -> "${target}": the target is not in the layer`);
      }
      makeHardLink(existing, this.#emptyPlace(path).path);
    } finally {
      close(targetDirectory);
    }
  }

  #makeNode(
    operation: Operation<'device' | 'fifo'>,
    type: number,
    device: { major: number; minor: number },
  ): void {
    const place = this.#emptyPlace(operation.path);
    makeNode(place.path, type | 0o600, device);
    this.#setMetadata(place, operation);
    setModificationTime(place.path, operation.mtime);
  }

  /** A whiteout is about lower layers only: what this layer itself has at the place stays. */
  #makeWhiteout({ path }: Operation<'whiteout'>): void {
    const place = this.#place(path);
    const status = lstatIfExists(place.path);
    if (status === undefined) makeNode(place.path, MODE_TYPE.character, { major: 0, minor: 0 });
    else if (status.type === 'directory') setAttribute(place.path, OPAQUE_XATTR, YES);
  }

  #makeOpaque({ path }: Operation<'opaque'>): void {
    const place = this.#place(path);
    this.#ensureDirectory(place);
    setAttribute(place.path, OPAQUE_XATTR, YES);
  }

  /** The place of a path; directories that lead there are made if the archive has left them out. */
  #place(layerPath: string): Place {
    const { directory, name } = splitLayerPath(layerPath);
    if (this.#parent?.path !== directory) {
      if (this.#parent !== undefined) close(this.#parent.fd);
      this.#parent = undefined;
      this.#parent = { path: directory, fd: this.#openDirectory(directory) };
    }
    return { path: pathAt(this.#parent.fd, name), layerPath };
  }

  #openDirectory(path: string): number {
    try {
      return openDirectoryInRoot(this.#root, path);
    } catch (error) {
      if (path === LAYER_ROOT || !isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
    const { directory, name } = splitLayerPath(path);
    const parent = this.#openDirectory(directory);
    try {
      this.#ensureDirectory({ path: pathAt(parent, name), layerPath: path }, { replace: false });
    } finally {
      close(parent);
    }
    return openDirectoryInRoot(this.#root, path);
  }

  /** Makes a directory unless there is one. In the place of a whiteout it hides what lower layers have there. */
  #ensureDirectory({ path, layerPath }: Place, { replace = true } = {}): void {
    const status = lstatIfExists(path);
    if (status?.type === 'directory') return;
    const isWhiteout = status !== undefined && isWhiteoutNode(status);
    if (status !== undefined) {
      if (!replace && !isWhiteout) throw new FormatError(`"${layerPath}" is not a directory in this layer`);
      removeFile(path);
    }
    makeDirectory(path, IMPLIED_DIRECTORY_MODE);
    changeMode(path, IMPLIED_DIRECTORY_MODE);
    if (isWhiteout) setAttribute(path, OPAQUE_XATTR, YES);
  }

  /** The place of a path with nothing there. */
  #emptyPlace(layerPath: string): Place {
    const place = this.#place(layerPath);
    removeTree(place.path);
    return place;
  }

  /** In this order: a change of the owner takes set-id bits and capabilities away. */
  #setMetadata(place: Place, metadata: Metadata): void {
    changeOwner(place.path, metadata.uid, metadata.gid);
    changeMode(place.path, metadata.mode);
    this.#setAttributes(place, metadata);
  }

  #setAttributes(place: Place, { xattrs }: Metadata): void {
    for (const [name, value] of xattrs) {
      // What these say of other layers is for the kernel to write, not for images.
      if (name.startsWith(OVERLAY_ATTRIBUTES)) continue;
      try {
        setAttribute(place.path, name, value);
      } catch (error) {
        if (!isErrno(error, 'EOPNOTSUPP')) throw error;
        if (!this.#hasWarned) log.warn(`the filesystem cannot keep attribute ${name} of ${place.layerPath}`);
        this.#hasWarned = true;
      }
    }
  }

  /** Runs a step; a system call's error then names the path in the layer. */
  #about<Result>(layerPath: string, step: () => Result): Result {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw new Error(`cannot unpack "${layerPath}": ${describeFailure(error)}`, { cause: error });
    }
  }
}

function isWhiteoutNode({ type, node }: FileStatus): boolean {
  return type === 'character' && node.major === 0 && node.minor === 0;
}

function describeFailure({ errno, syscall, code }: SyscallError): string {
  const [, text] = describeErrno(errno);
  return syscall === 'mknodat' && code === 'EPERM'
    ? `${text} (devices cannot be made in a user namespace)`
    : text;
}
