/** `docker diff`: what a container has changed in its root filesystem. A worker compares its layer with the image's. */
import { encodeUtf8 } from '../../linux/bytes.ts';
import { getAttribute } from '../../linux/extended-attributes.ts';
import { makeDirectory, readDirectory } from '../../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../../linux/file-descriptor.ts';
import { type FileStatus, lstatIfExists } from '../../linux/file-status.ts';
import { mount } from '../../linux/mount.ts';
import { enterPrivateMountNamespace } from '../../linux/mount-namespace.ts';
import { pathAt } from '../../linux/open-in-root.ts';
import { mountOverlay } from '../../linux/overlay.ts';
import { OPAQUE_XATTR } from '../../oci/layer.ts';
import { BufferedOutput } from '../buffered-output.ts';
import type { Container } from '../containers/container.ts';
import { lowerLayers, upperDirectory } from '../containers/root-filesystem.ts';
import type { Engine } from '../engine.ts';
import { drainWorker } from '../worker-pipes.ts';

/** The API's numbers. */
const KIND = { modified: 0, added: 1, removed: 2 } as const;

interface Change {
  readonly Path: string;
  readonly Kind: (typeof KIND)[keyof typeof KIND];
}

/** Writes the answer of `GET /containers/{id}/changes` piece by piece: changes sorted by path, or null for none. */
export async function writeContainerChanges(
  engine: Engine,
  container: Container,
  write: (json: Uint8Array) => Promise<void>,
): Promise<void> {
  const upper = upperDirectory(engine, container);
  const lower = lowerLayers(engine, container);
  await drainWorker('docker-diff', write, (fd) => {
    const changes =
      lstatIfExists(upper) === undefined ? [] : changesIn(upper, lower, engine.options.execRoot);
    const output = new BufferedOutput(fd);
    if (changes.length === 0) output.write(encodeUtf8('null'));
    changes.forEach((change, index) => {
      output.write(encodeUtf8(`${index === 0 ? '[' : ','}${JSON.stringify(change)}`));
    });
    output.write(encodeUtf8(changes.length === 0 ? '\n' : ']\n'));
    output.flush();
  });
}

/** @param scratch any directory: it is mounted over, for this process only */
function changesIn(upper: string, lower: readonly string[], scratch: string): Change[] {
  enterPrivateMountNamespace();
  mount('diff', scratch, 'tmpfs');
  const [before, unused, work] = ['before', 'unused', 'work'].map((name) => `${scratch}/${name}`) as [
    string,
    string,
    string,
  ];
  for (const directory of [before, unused, work]) makeDirectory(directory);
  mountOverlay({ lower, upper: unused, work }, before);
  const changes: Change[] = [];
  compareDirectory(openDirectory(upper), openDirectory(before), '', changes);
  return changes.sort((a, b) => (a.Path < b.Path ? -1 : 1));
}

/** Closes both. @param before undefined if the directory is new */
function compareDirectory(after: number, before: number | undefined, path: string, changes: Change[]): void {
  try {
    const names = readDirectory(pathAt(after, '.'));
    for (const name of names) {
      compareNode(
        pathAt(after, name),
        before === undefined ? undefined : pathAt(before, name),
        `${path}/${name}`,
        changes,
      );
    }
    if (before === undefined || !isOpaque(pathAt(after, '.'))) return;
    for (const name of readDirectory(pathAt(before, '.'))) {
      if (!names.includes(name)) changes.push({ Path: `${path}/${name}`, Kind: KIND.removed });
    }
  } finally {
    close(after);
    if (before !== undefined) close(before);
  }
}

function compareNode(after: string, before: string | undefined, path: string, changes: Change[]): void {
  const status = lstatIfExists(after);
  if (status === undefined) return;
  const former = before === undefined ? undefined : lstatIfExists(before);
  if (isWhiteout(status)) {
    changes.push({ Path: path, Kind: KIND.removed });
    return;
  }
  const known = changes.length;
  if (status.type === 'directory') {
    const formerDirectory =
      before !== undefined && former?.type === 'directory' ? openDirectory(before) : undefined;
    compareDirectory(openDirectory(after), formerDirectory, path, changes);
  }
  // A directory on the way to a change is copied, too: it has changed if it looks different or something in it has.
  const isCopy = status.type === 'directory' && former?.type === 'directory' && looksAlike(status, former);
  if (isCopy && changes.length === known) return;
  changes.push({ Path: path, Kind: former === undefined ? KIND.added : KIND.modified });
}

function looksAlike(a: FileStatus, b: FileStatus): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.modified.seconds === b.modified.seconds &&
    a.modified.nanoseconds === b.modified.nanoseconds
  );
}

function isWhiteout({ type, node }: FileStatus): boolean {
  return type === 'character' && node.major === 0 && node.minor === 0;
}

function isOpaque(path: string): boolean {
  return getAttribute(path, OPAQUE_XATTR)?.[0] === 'y'.charCodeAt(0);
}

function openDirectory(path: string): number {
  return open(path, O.RDONLY | oDirectory() | oNoFollow());
}
