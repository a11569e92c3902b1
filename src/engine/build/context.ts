/** A build's context: an archive that a client sent, unpacked by a worker. Nobody is to trust it. */
import { isErrno } from '../../linux/errno.ts';
import { makeDirectory, readDirectory, removeDirectory, removeFile } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { lstatIfExists } from '../../linux/file-status.ts';
import { openInRoot, pathAt, readTextInRoot } from '../../linux/open-in-root.ts';
import { parseDockerignore } from '../../oci/dockerignore.ts';
import { FormatError } from '../../oci/errors.ts';
import { cleanLayerPath, joinLayerPath, LAYER_ROOT } from '../../oci/layer-path.ts';
import { invalidParameter } from '../errors.ts';
import { extractArchive } from '../files/extract-archive.ts';
import { feedWorker } from '../worker-pipes.ts';

const IGNORE_FILE = '.dockerignore';

export interface BuildContext {
  /** Where it lies; what `.dockerignore` leaves out is gone. */
  readonly directory: string;
  /** The text of the Dockerfile. */
  readonly dockerfile: string;
}

/**
 * Receives a context.
 * @param directory where to unpack it; does not exist yet
 * @param readBody gives the archive, which may be compressed, piece by piece, null at its end
 * @throws FormatError for an archive that is none, is damaged, or names something outside; EngineError 400 if it has no
 *   Dockerfile
 */
export async function receiveContext(
  directory: string,
  dockerfile: string,
  readBody: () => Promise<Uint8Array | null>,
): Promise<BuildContext> {
  const text = await feedWorker('docker-build-context', readBody, (input) => {
    makeDirectory(directory, 0o755);
    const root = open(directory, O.RDONLY | oDirectory());
    extractArchive(root, input, { directory: '/', keepsDirectories: false });
    const found = readDockerfile(directory, root, dockerfile);
    removeIgnored(directory, root);
    return found;
  });
  if (text === undefined) throw invalidParameter(`Cannot locate specified Dockerfile: ${dockerfile}`);
  return checkedContext(directory, dockerfile, text);
}

/** A context with the text of its Dockerfile. Throws EngineError 400 if there is none. */
export function checkedContext(directory: string, dockerfile: string, text: string): BuildContext {
  if (text.trim() === '') throw invalidParameter(`the Dockerfile (${dockerfile}) cannot be empty`);
  return { directory, dockerfile: text };
}

/** The name without a capital letter is tried too, as in Docker. */
function readDockerfile(directory: string, root: number, name: string): string | undefined {
  let path: string;
  try {
    path = cleanLayerPath(name);
  } catch {
    throw new FormatError(`the Dockerfile (${name}) must be within the build context`);
  }
  const candidates = path === 'Dockerfile' ? [path, 'dockerfile'] : [path];
  const found = candidates.find((candidate) => isThere(root, candidate));
  return found === undefined ? undefined : readTextInRoot(directory, found);
}

function isThere(root: number, path: string): boolean {
  try {
    close(openInRoot(root, path, O.PATH));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) return false;
    throw error;
  }
}

/** Clients should have left these out; some send them all the same. */
function removeIgnored(directory: string, root: number): void {
  const rules = readTextInRoot(directory, IGNORE_FILE);
  if (rules === '') return;
  const isIgnored = parseDockerignore(rules);
  const visit = (parent: number, prefix: string) => {
    for (const name of readDirectory(pathAt(parent, '.'))) {
      const path = joinLayerPath(prefix, name);
      const place = pathAt(parent, name);
      const isDirectory = lstatIfExists(place)?.type === 'directory';
      if (isDirectory) {
        const fd = open(place, O.RDONLY | oDirectory() | oNoFollow());
        visit(fd, path);
        close(fd);
      }
      if (!isIgnored(path)) continue;
      // A directory stays if an exception keeps something in it.
      if (!isDirectory) removeFile(place);
      else if (readDirectory(place).length === 0) removeDirectory(place);
    }
  };
  visit(root, LAYER_ROOT);
}
