/**
 * The engine's directory for what is not complete yet or not needed any more, `<root>/tmp`: what lies there when the
 * engine starts is garbage. Things get into the store, and out of it, by a rename.
 */
import { errorMessage } from '../linux/error-report.ts';
import {
  makeDirectories,
  makeDirectory,
  readDirectory,
  removeDirectory,
  removeFile,
  rename,
} from '../linux/file.ts';
import { close, O, oDirectory, oNoFollow, open } from '../linux/file-descriptor.ts';
import { lstatIfExists } from '../linux/file-status.ts';
import { log } from '../linux/log.ts';
import { pathAt } from '../linux/open-in-root.ts';
import { randomId } from '../linux/random.ts';
import { startWorker } from '../linux/worker.ts';

/** Deeper directories are moved up before they are emptied, so that no tree is too deep for descriptors or paths. */
const MAXIMUM_DEPTH = 32;

export class Scratch {
  readonly #path: string;

  /** @param root the engine's directory */
  constructor(root: string) {
    this.#path = `${root}/tmp`;
    makeDirectories(this.#path, 0o700);
  }

  /** A new, empty directory. */
  create(): string {
    const path = `${this.#path}/${randomId()}`;
    makeDirectory(path, 0o700);
    return path;
  }

  /** Removes a file or a tree: at once from where it is, from the disk in the background. Nothing there is fine. */
  discard(path: string): void {
    if (lstatIfExists(path) === undefined) return;
    this.#removeInBackground([this.setAside(path)]);
  }

  /** Moves something here that is not needed any more, but still used. Returns where it is, to be discarded later. */
  setAside(path: string): string {
    const aside = `${this.#path}/${randomId()}`;
    rename(path, aside);
    return aside;
  }

  /** Removes what an engine that died has left. For the start. */
  clear(): void {
    const left = readDirectory(this.#path).map((name) => `${this.#path}/${name}`);
    if (left.length > 0) this.#removeInBackground(left);
  }

  #removeInBackground(paths: readonly string[]): void {
    const worker = startWorker({ name: 'remove-trees' }, () => {
      for (const path of paths) removeTrees(this.#path, path);
    });
    worker.result.catch((error: unknown) => log.error(`${paths.join(', ')}: ${errorMessage(error)}`));
  }
}

/** Removes the tree at `path`, however deep it is; `top` is a directory of the same filesystem, for interim names. */
function removeTrees(top: string, path: string): void {
  const waiting = [path];
  for (let tree = waiting.pop(); tree !== undefined; tree = waiting.pop()) {
    removeLevel(tree, 0, (deeper) => {
      const moved = `${top}/${randomId()}`;
      rename(deeper, moved);
      waiting.push(moved);
    });
  }
}

function removeLevel(path: string, depth: number, moveUp: (path: string) => void): void {
  if (lstatIfExists(path)?.type !== 'directory') {
    removeFile(path);
    return;
  }
  if (depth > MAXIMUM_DEPTH) {
    moveUp(path);
    return;
  }
  const fd = open(path, O.RDONLY | oDirectory() | oNoFollow());
  try {
    for (const name of readDirectory(pathAt(fd, '.'))) removeLevel(pathAt(fd, name), depth + 1, moveUp);
  } finally {
    close(fd);
  }
  removeDirectory(path);
}
