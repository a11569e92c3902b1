import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { repository, writeAtomically } from '../cache.ts';

/** The exact binary packages of one version of the OS: `os/packages.lock.json`, written by `./build lock`. */
export const lockFile = join(repository, 'os/packages.lock.json');

const packageSchema = v.strictObject({
  /** Name in the archive. It differs from the key for the kernel, which is asked for by its meta package. */
  package: v.string(),
  version: v.string(),
  architecture: v.picklist(['amd64', 'all']),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits expected')),
  /** Source package with its version in parentheses. */
  source: v.string(),
});

const lockSchema = v.record(v.string(), packageSchema);

export type LockedPackage = v.InferOutput<typeof packageSchema>;

/** Name as the builder asks for it → the package. */
export type Lock = Readonly<Record<string, LockedPackage>>;

/** @throws an error that names the entry that is wrong. */
export function parseLock(text: string, file: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  const result = v.safeParse(lockSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${file}: ${v.getDotPath(issue) ?? 'top level'}: ${issue.message}`);
}

/** Sorted by name and ending in a newline, so that a change of one package is a change of its lines only. */
export function formatLock(lock: Lock): string {
  const sorted = Object.fromEntries(Object.entries(lock).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify(sorted, null, 2)}\n`;
}

export async function readLock(): Promise<Lock> {
  return parseLock(await readFile(lockFile, 'utf8'), 'os/packages.lock.json');
}

export async function writeLock(lock: Lock): Promise<void> {
  await writeAtomically(lockFile, formatLock(lock));
}
