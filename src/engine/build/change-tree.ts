/** Steps of a build that change files without running anything: COPY, ADD and WORKDIR, by workers. */
import { makeDirectories, makeDirectory } from '../../linux/file.ts';
import { O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { enterPrivateMountNamespace } from '../../linux/mount-namespace.ts';
import { readTextInRoot } from '../../linux/open-in-root.ts';
import { mountOverlay } from '../../linux/overlay.ts';
import { startWorker } from '../../linux/worker.ts';
import { DockerfileError } from '../../oci/dockerfile-error.ts';
import { FormatError } from '../../oci/errors.ts';
import { resolveUser } from '../../oci/user.ts';
import { makeLayer, type NewLayer } from '../images/new-layer.ts';
import { writeTreeTar } from '../images/tree-tar.ts';
import type { Scratch } from '../scratch.ts';
import { workerResult } from '../worker-pipes.ts';
import { findSources, hashSources, type SourceHash, type SourceRequest } from './copy-sources.ts';
import { copyToTarget, makeTargetDirectory } from './copy-target.ts';

export interface CopyRequest {
  /** `COPY` or `ADD`. */
  readonly name: string;
  readonly sources: SourceRequest;
  /** Absolute; a slash at its end means a directory. */
  readonly target: string;
  /** `user[:group]`; empty for root. */
  readonly chown: string;
  /** Octal digits; empty for the modes of the sources. */
  readonly chmod: string;
  readonly unpacksArchives: boolean;
}

/** What the cache is looked up by. Throws FormatError in Docker's words. */
export async function hashOfSources(scratch: Scratch, { name, sources }: CopyRequest): Promise<SourceHash> {
  return await inScratch(scratch, (directory) =>
    describingFailure(name, () => hashSources(findSources(sources, directory))),
  );
}

/**
 * Makes a layer of what is copied.
 * @param staging where the layer goes
 * @param layers of the image before, the uppermost first
 */
export async function copyStep(
  scratch: Scratch,
  staging: string,
  layers: readonly string[],
  request: CopyRequest,
): Promise<NewLayer> {
  const { name, sources, target, chown, chmod, unpacksArchives } = request;
  return await inScratch(scratch, (directory) =>
    makeLayerOver(directory, layers, staging, (root, path) =>
      describingFailure(name, () => {
        const place = `${directory}/sources`;
        makeDirectory(place);
        const owner = ownerOf(chown, path);
        const mode = modeOf(chmod);
        copyToTarget(root, findSources(sources, place), { target, owner, mode, unpacksArchives });
      }),
    ),
  );
}

/** Makes a layer with a directory, and those on the way to it that are missing. */
export async function workdirStep(
  scratch: Scratch,
  staging: string,
  layers: readonly string[],
  path: string,
): Promise<NewLayer> {
  return await inScratch(scratch, (directory) =>
    makeLayerOver(directory, layers, staging, (root) => makeTargetDirectory(root, path)),
  );
}

/** Runs a worker with a mount namespace and an empty directory of its own. */
async function inScratch<Result>(scratch: Scratch, task: (directory: string) => Result): Promise<Result> {
  const directory = scratch.create();
  try {
    const worker = startWorker<never, Result>({ name: 'docker-build' }, () => {
      enterPrivateMountNamespace();
      return task(directory);
    });
    return await workerResult(worker);
  } finally {
    scratch.discard(directory);
  }
}

/** Mounts the layers with an empty one on top, lets it be changed, and makes a layer of that. */
function makeLayerOver(
  scratch: string,
  layers: readonly string[],
  staging: string,
  change: (root: number, path: string) => void,
): NewLayer {
  const [upper, work, merged, empty] = ['upper', 'work', 'merged', 'empty'].map(
    (name) => `${scratch}/target/${name}`,
  ) as [string, string, string, string];
  for (const path of [upper, work, merged, empty]) makeDirectories(path);
  mountOverlay({ lower: layers.length === 0 ? [empty] : layers, upper, work }, merged);
  change(open(merged, O.RDONLY | oDirectory()), merged);
  return makeLayer(staging, (write) => writeTreeTar(open(upper, O.RDONLY | oDirectory()), write));
}

/** A user alone is a group of the same name or number too. */
function ownerOf(chown: string, root: string): { uid: number; gid: number } {
  if (chown === '') return { uid: 0, gid: 0 };
  const [user = '', group = user] = chown.split(':', 2);
  const database = {
    passwd: readTextInRoot(root, '/etc/passwd'),
    group: readTextInRoot(root, '/etc/group'),
  };
  try {
    return resolveUser(`${user}:${group}`, [], database);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`unable to convert uid/gid chown string to host mapping: ${error.message}`);
  }
}

function modeOf(chmod: string): number | undefined {
  if (chmod === '') return undefined;
  if (!/^[0-7]{1,4}$/.test(chmod)) {
    throw new FormatError(
      `invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777`,
    );
  }
  return Number.parseInt(chmod, 8);
}

function describingFailure<Result>(name: string, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new DockerfileError(`${name} failed: ${error.message}`);
  }
}
