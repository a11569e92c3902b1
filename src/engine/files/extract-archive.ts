/** Unpacks an archive into a directory of a tree that is not trusted. Runs in a worker. */
import { isErrno } from '../../linux/errno.ts';
import { close } from '../../linux/file-descriptor.ts';
import { type FileType, lstatIfExists } from '../../linux/file-status.ts';
import { openDirectoryInRoot, pathAt } from '../../linux/open-in-root.ts';
import { entryOperation } from '../../oci/layer.ts';
import { cleanLayerPath, joinLayerPath, LAYER_ROOT, splitLayerPath } from '../../oci/layer-path.ts';
import type { TarEntry } from '../../oci/tar-header.ts';
import { TarReader } from '../../oci/tar-reader.ts';
import { invalidParameter } from '../errors.ts';
import { decompress } from '../images/decompress.ts';
import { LayerDirectory } from '../images/layer-directory.ts';

export interface ExtractOptions {
  /** In the tree, without links; exists. */
  readonly directory: string;
  /** Refuse to put a file in the place of a directory, and the other way round. */
  readonly keepsDirectories: boolean;
  /** Whose everything becomes; else as the archive says. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Unpacks what is read from `input`; it may be compressed.
 * @param root the open directory of the tree
 * @throws FormatError for an archive that is none or names something outside, EngineError for what is refused
 */
export function extractArchive(root: number, input: number, options: ExtractOptions): void {
  const base = cleanLayerPath(options.directory);
  const placeOf = (path: string) => joinLayerPath(base, cleanLayerPath(path));
  const layer = new LayerDirectory(pathAt(root, '.'));
  const reader = new TarReader({
    entry: (entry) => {
      // The directory itself stays as it is.
      if (cleanLayerPath(entry.path) === LAYER_ROOT) return;
      const path = placeOf(entry.path);
      if (options.keepsDirectories) checkReplacement(root, path, entry);
      layer.apply(entryOperation({ ...entry, ...options.owner }, path, placeOf));
    },
    data: (bytes) => layer.write(bytes),
    entryEnd: () => layer.endFile(),
  });
  try {
    decompress(input, (bytes) => reader.push(bytes));
    reader.end();
    layer.finish();
  } catch (error) {
    layer.removeUnfinished();
    throw error;
  } finally {
    layer.close();
  }
}

function checkReplacement(root: number, path: string, { type }: TarEntry): void {
  const existing = typeAt(root, path);
  if (existing === undefined || (existing === 'directory') === (type === 'directory')) return;
  const [kept, brought] =
    existing === 'directory' ? ['directory', 'non-directory'] : ['non-directory', 'directory'];
  throw invalidParameter(`cannot overwrite ${kept} "/${path}" with ${brought} "/${path}"`);
}

function typeAt(root: number, path: string): FileType | undefined {
  const { directory, name } = splitLayerPath(path);
  try {
    const fd = openDirectoryInRoot(root, directory);
    try {
      return lstatIfExists(pathAt(fd, name))?.type;
    } finally {
      close(fd);
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    return undefined;
  }
}
