/** What COPY and ADD name: found in a context or in an image, and hashed for the cache. Runs in a worker. */

import { encodeUtf8 } from '../../linux/bytes.ts';
import { isErrno } from '../../linux/errno.ts';
import { makeDirectory, readDirectory, readLink } from '../../linux/file.ts';
import { close, O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { fstat } from '../../linux/file-status.ts';
import { openDirectoryInRoot, openInRoot, pathAt } from '../../linux/open-in-root.ts';
import { mountOverlay } from '../../linux/overlay.ts';
import { type Digest, formatDigest } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import { cleanLayerPath, joinLayerPath, LAYER_ROOT, splitLayerPath } from '../../oci/layer-path.ts';
import { pathMatches } from '../../oci/path-pattern.ts';
import { TarReader } from '../../oci/tar-reader.ts';
import { writePathTar } from '../files/path-tar.ts';

/** Where sources are looked for. */
export type SourceTree =
  | { readonly is: 'context'; readonly directory: string }
  /** Layers of an image, the uppermost first. */
  | { readonly is: 'image'; readonly layers: readonly string[] };

export interface SourceRequest {
  readonly tree: SourceTree;
  /** As written, with variables replaced. */
  readonly patterns: readonly string[];
  /** Paths of files that the build itself has made: here-documents and downloads. */
  readonly made: readonly string[];
}

export interface Source {
  /** Leads to it, without links. */
  readonly place: string;
  /** What a copy of it in a directory is called. */
  readonly name: string;
  readonly isDirectory: boolean;
  /** By the build itself. Such a file is never unpacked. */
  readonly isMade: boolean;
}

/** For the history and the cache: `file`, `dir` or `multi`, and a digest. */
export interface SourceHash {
  readonly kind: 'file' | 'dir' | 'multi';
  readonly digest: Digest;
}

const WILDCARDS = /[*?[\\]/;

/**
 * Finds the sources. The worker must have a mount namespace of its own.
 * @param scratch an empty directory
 * @throws FormatError in Docker's words for what is not there
 */
export function findSources({ tree, patterns, made }: SourceRequest, scratch: string): Source[] {
  const root = open(treeDirectory(tree, scratch), O.RDONLY | oDirectory());
  const sources = patterns.flatMap((pattern) => matching(root, cleanPattern(pattern), tree));
  for (const place of made) {
    sources.push({ place, name: splitLayerPath(place).name, isDirectory: false, isMade: true });
  }
  if (sources.length === 0) throw new FormatError('no source files were specified');
  return sources;
}

/** Depends on names, kinds, modes and contents, not on owners and times: those are not copied from a context. */
export function hashSources(sources: readonly Source[]): SourceHash {
  const digests = sources.map(hashOf);
  const [first] = sources;
  const [digest] = digests;
  if (sources.length === 1 && first !== undefined && digest !== undefined) {
    return { kind: first.isDirectory ? 'dir' : 'file', digest };
  }
  const hash = host.sha256();
  hash.update(encodeUtf8(digests.join('\n')));
  return { kind: 'multi', digest: formatDigest(hash.digest()) };
}

function treeDirectory(tree: SourceTree, scratch: string): string {
  if (tree.is === 'context') return tree.directory;
  const [upper, work, root] = [`${scratch}/upper`, `${scratch}/work`, `${scratch}/root`];
  for (const path of [upper, work, root]) makeDirectory(path);
  if (tree.layers.length > 0) mountOverlay({ lower: tree.layers, upper, work }, root);
  return root;
}

function cleanPattern(pattern: string): string {
  try {
    return cleanLayerPath(pattern);
  } catch {
    throw new FormatError(`forbidden path outside the build context: ${pattern} ()`);
  }
}

function matching(root: number, pattern: string, tree: SourceTree): Source[] {
  if (!WILDCARDS.test(pattern)) return [sourceAt(root, pattern, tree)];
  let found = [LAYER_ROOT];
  for (const part of pattern.split('/')) {
    found = found.flatMap((directory) => {
      if (!WILDCARDS.test(part)) return [joinLayerPath(directory, part)];
      const names = namesIn(root, directory).filter((name) => pathMatches(part, name));
      return names.map((name) => joinLayerPath(directory, name));
    });
  }
  return found.filter((path) => isThere(root, path)).map((path) => sourceAt(root, path, tree));
}

function namesIn(root: number, directory: string): string[] {
  try {
    const fd = openDirectoryInRoot(root, directory);
    const names = readDirectory(pathAt(fd, '.'));
    close(fd);
    return names;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return [];
    throw error;
  }
}

function isThere(root: number, path: string): boolean {
  const fd = openSource(root, path);
  if (fd !== undefined) close(fd);
  return fd !== undefined;
}

/** Links on the way, and in the place itself, are followed within the tree. */
function sourceAt(root: number, path: string, tree: SourceTree): Source {
  const fd = openSource(root, path);
  if (fd === undefined) {
    const reason = `stat ${path}: file does not exist`;
    throw new FormatError(
      tree.is === 'context'
        ? `file not found in build context or excluded by .dockerignore: ${reason}`
        : reason,
    );
  }
  const isDirectory = fstat(fd).type === 'directory';
  const place = readLink(`/proc/self/fd/${fd}`);
  close(fd);
  return { place, name: splitLayerPath(path).name, isDirectory, isMade: false };
}

function openSource(root: number, path: string): number | undefined {
  try {
    return openInRoot(root, path, O.PATH);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}

function hashOf({ place, name, isDirectory }: Source): Digest {
  const hash = host.sha256();
  const reader = new TarReader({
    entry: ({ path, type, size, mode, linkPath, deviceMajor, deviceMinor, xattrs }) => {
      const attributes = [...xattrs].map(([attribute, value]) => [attribute, ...value]);
      const facts = [path, type, size, mode, linkPath, deviceMajor, deviceMinor, attributes];
      hash.update(encodeUtf8(`${JSON.stringify(facts)}\n`));
    },
    data: (bytes) => hash.update(bytes),
    entryEnd: () => {},
  });
  writePathTar(place, isDirectory ? '.' : name, (bytes) => reader.push(bytes));
  reader.end();
  return formatDigest(hash.digest());
}
