import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../builder/cache.ts';

/** In the order in which they are run: the quick ones first. */
export const suites = ['unit', 'engine', 'system'] as const;

export type Suite = (typeof suites)[number];

/** The test files of a suite that have a text in their path, sorted. (Node 20's own runner cannot find `.ts` files.) */
export function filesOf(suite: Suite, text: string): string[] {
  return candidates(suite)
    .filter((path) => path.endsWith('.test.ts') && path.includes(text))
    .sort();
}

function candidates(suite: Suite): string[] {
  if (suite !== 'unit') return filesUnder(`tests/${suite}`);
  const direct = filesUnder('tests').filter((path) => path.split('/').length === 2);
  return [...direct, ...['src', 'builder', 'benchmarks'].flatMap(filesUnder)];
}

/** Relative to the repository. */
export function filesUnder(folder: string): string[] {
  const top = join(repository, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`);
}
