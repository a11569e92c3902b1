import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checked-out repository. */
export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** Downloads and finished steps of the build, named by what went into them. */
export const cacheDirectory = process.env['PADDOCK_CACHE'] ?? join(homedir(), '.cache', 'paddock');

/** How many results of one step are kept: enough for two branches and a change in each. */
const keptResults = 4;

/**
 * The directory with a step's result, produced only if these inputs were never seen before.
 * An interrupted `produce` leaves nothing: it writes to a directory beside, which is renamed at the end.
 * @param name of the step, a folder of the cache
 * @param inputs everything that the result depends on
 */
export async function cached(
  name: string,
  inputs: readonly (string | Uint8Array)[],
  produce: (directory: string) => Promise<void>,
): Promise<string> {
  const parent = join(cacheDirectory, name);
  const result = join(parent, digestOf(inputs).slice(0, 32));
  if (existsSync(result)) {
    const now = new Date();
    await utimes(result, now, now);
    return result;
  }
  const unfinished = `${result}.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true }); // of a process with the same number that was killed
  await mkdir(unfinished, { recursive: true });
  try {
    await produce(unfinished);
    await rename(unfinished, result);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(result)) throw error; // else another build was faster with the same result
  }
  await forgetOldResults(parent);
  return result;
}

async function forgetOldResults(parent: string): Promise<void> {
  const results = await Promise.all(
    (await readdir(parent)).map(async (name) => {
      const path = join(parent, name);
      return { path, used: (await stat(path)).mtimeMs };
    }),
  );
  results.sort((a, b) => b.used - a.used);
  for (const { path } of results.slice(keptResults)) await rm(path, { recursive: true, force: true });
}

/** One SHA-256, in hexadecimal, over a list in which the borders between the items count. */
export function digestOf(inputs: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const bytes = typeof input === 'string' ? Buffer.from(input) : input;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * The text of a TypeScript file of the builder and of every file that it imports by a relative name:
 * an input of the steps which that file describes. Call it with `import.meta.url`.
 */
export async function sourcesOf(url: string, seen = new Set<string>()): Promise<string[]> {
  const path = fileURLToPath(url);
  if (seen.has(path)) return [];
  seen.add(path);
  const text = await readFile(path, 'utf8');
  const texts = [text];
  for (const [, imported] of text.matchAll(/ from '(\.[^']+)'/g)) {
    if (imported) texts.push(...(await sourcesOf(new URL(imported, url).href, seen)));
  }
  return texts;
}

/** Every file under a directory as `[relative path, mode, content]` triples in a fixed order, as inputs of a step. */
export async function filesUnder(directory: string): Promise<(string | Buffer)[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const inputs: (string | Buffer)[] = [];
  for (const path of paths.sort()) {
    const { mode } = await stat(path);
    inputs.push(
      path.slice(directory.length + 1),
      (mode & 0o111 ? 0o755 : 0o644).toString(8),
      await readFile(path),
    );
  }
  return inputs;
}

/** Writes a file so that a reader sees the old content or the new one, never a part. */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
