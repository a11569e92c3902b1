/** Puts what COPY and ADD bring into an image's tree. Runs in a worker. */
import { currentTime } from '../../linux/clock.ts';
import { isErrno } from '../../linux/errno.ts';
import { readLink } from '../../linux/file.ts';
import { close, O, open } from '../../linux/file-descriptor.ts';
import { type FileType, fstat } from '../../linux/file-status.ts';
import { openInRoot, pathAt } from '../../linux/open-in-root.ts';
import { FormatError } from '../../oci/errors.ts';
import { entryOperation } from '../../oci/layer.ts';
import { cleanLayerPath, joinLayerPath, LAYER_ROOT, splitLayerPath } from '../../oci/layer-path.ts';
import { parseHeader, TAR_BLOCK } from '../../oci/tar-header.ts';
import { TarReader } from '../../oci/tar-reader.ts';
import { extractArchive } from '../files/extract-archive.ts';
import { writePathTar } from '../files/path-tar.ts';
import { decompress } from '../images/decompress.ts';
import { LayerDirectory } from '../images/layer-directory.ts';
import type { Source } from './copy-sources.ts';

export interface TargetOptions {
  /** Absolute; a slash at its end means a directory. */
  readonly target: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Permission bits for everything; undefined for those of the sources. */
  readonly mode: number | undefined;
  /** As ADD does. */
  readonly unpacksArchives: boolean;
}

const DIRECTORY_MODE = 0o755;

/** Copies into the tree at the open directory `root`. Throws FormatError. */
export function copyToTarget(root: number, sources: readonly Source[], options: TargetOptions): void {
  const layer = new LayerDirectory(pathAt(root, '.'));
  try {
    const existing = lookUp(root, cleanLayerPath(options.target));
    const isDirectory = existing?.type === 'directory' || options.target.endsWith('/') || sources.length > 1;
    const target = existing?.path ?? cleanLayerPath(options.target);
    for (const source of sources) {
      if (source.isDirectory) copyDirectory(root, layer, source, target, options);
      else if (options.unpacksArchives && !source.isMade && isArchive(source)) {
        makeDirectories(root, layer, target, options);
        unpack(root, source, target);
      } else
        copyFile(root, layer, source, isDirectory ? joinLayerPath(target, source.name) : target, options);
    }
    layer.finish();
  } finally {
    layer.close();
  }
}

/** Makes a directory, and those on the way to it that are missing, for root. */
export function makeTargetDirectory(root: number, path: string): void {
  const layer = new LayerDirectory(pathAt(root, '.'));
  try {
    makeDirectories(root, layer, cleanLayerPath(path), { owner: { uid: 0, gid: 0 } });
    layer.finish();
  } finally {
    layer.close();
  }
}

function copyDirectory(
  root: number,
  layer: LayerDirectory,
  source: Source,
  target: string,
  options: TargetOptions,
): void {
  makeDirectories(root, layer, target, options);
  // The directory itself is not copied, what is in it is.
  copyTree(layer, source.place, '.', options, (path) =>
    path === LAYER_ROOT ? undefined : joinLayerPath(target, path),
  );
}

function copyFile(
  root: number,
  layer: LayerDirectory,
  source: Source,
  target: string,
  options: TargetOptions,
): void {
  makeDirectories(root, layer, splitLayerPath(target).directory, options);
  copyTree(layer, source.place, source.name, options, () => target);
}

/** @param placeOf where a path of the source goes; undefined if it is left out */
function copyTree(
  layer: LayerDirectory,
  place: string,
  name: string,
  { owner, mode }: TargetOptions,
  placeOf: (path: string) => string | undefined,
): void {
  let isWanted = false;
  const reader = new TarReader({
    entry: (entry) => {
      const path = placeOf(cleanLayerPath(entry.path));
      isWanted = path !== undefined;
      if (path === undefined) return;
      const changed = { ...entry, ...owner, mode: mode ?? entry.mode };
      layer.apply(entryOperation(changed, path, (link) => placeOf(cleanLayerPath(link)) ?? LAYER_ROOT));
    },
    data: (bytes) => isWanted && layer.write(bytes),
    entryEnd: () => layer.endFile(),
  });
  writePathTar(place, name, (bytes) => reader.push(bytes));
  reader.end();
}

function makeDirectories(
  root: number,
  layer: LayerDirectory,
  path: string,
  { owner }: Pick<TargetOptions, 'owner'>,
): void {
  if (path === LAYER_ROOT) return;
  const existing = lookUp(root, path);
  if (existing?.type === 'directory') return;
  if (existing !== undefined) throw new FormatError(`cannot copy to non-directory: /${path}`);
  makeDirectories(root, layer, splitLayerPath(path).directory, { owner });
  const metadata = { mode: DIRECTORY_MODE, ...owner, mtime: currentTime(), xattrs: new Map() };
  layer.apply({ do: 'directory', path, ...metadata });
}

/** What is at a path, links followed within the tree, and its path without them. */
function lookUp(root: number, path: string): { path: string; type: FileType } | undefined {
  let fd: number;
  try {
    fd = openInRoot(root, path, O.PATH);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (isErrno(error, 'ENOTDIR')) throw new FormatError(`cannot copy to non-directory: /${path}`);
    throw error;
  }
  const top = readLink(`/proc/self/fd/${root}`);
  const found = readLink(`/proc/self/fd/${fd}`);
  const { type } = fstat(fd);
  close(fd);
  return { path: cleanLayerPath(found.slice(top.length)), type };
}

function unpack(root: number, { place }: Source, directory: string): void {
  const fd = open(place, O.RDONLY);
  try {
    extractArchive(root, fd, { directory, keepsDirectories: false });
  } finally {
    close(fd);
  }
}

/** Whether a file is a tar, perhaps compressed. */
function isArchive({ place }: Source): boolean {
  const fd = open(place, O.RDONLY | O.NONBLOCK);
  const block = new Uint8Array(TAR_BLOCK);
  let length = 0;
  try {
    decompress(fd, (bytes) => {
      const part = bytes.subarray(0, TAR_BLOCK - length);
      block.set(part, length);
      length += part.length;
      return length < TAR_BLOCK;
    });
    if (length < TAR_BLOCK) return false;
    parseHeader(block);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  } finally {
    close(fd);
  }
}
