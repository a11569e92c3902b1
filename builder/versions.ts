import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './cache.ts';

/** Version of the OS, and tag of its images: the one in package.json. */
export const osVersion: string = (
  JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
).version;

/**
 * The one time stamp in artefacts that need one, in seconds since 1970. It does not change with the commit,
 * so that a commit which changes no content changes no artefact.
 */
export const buildTime = 1_735_689_600; // 2025-01-01
