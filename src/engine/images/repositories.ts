/** Names of images, `repositories.json`: a map from references as Docker shows them (`busybox:latest`) to image ids. */
import * as v from 'valibot';
import { isErrno } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { readTextIfExists, rename, writeFileAtomic } from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import type { Digest } from '../../oci/digest.ts';
import { digest } from '../../oci/image-config.ts';
import { parseJson } from '../../oci/json.ts';

const repositoriesFile = v.record(v.string(), digest);

export type Repositories = ReadonlyMap<string, Digest>;

/** Reads the file of a store; no file means no names. A damaged one is set aside, so that the engine comes up. */
export function readRepositories(path: string): Repositories {
  try {
    return new Map(Object.entries(parseJson(repositoriesFile, readTextIfExists(path) ?? '{}', path)));
  } catch (error) {
    log.error(`names of images are lost: ${errorMessage(error)}`);
    setAside(path);
    return new Map();
  }
}

function setAside(path: string): void {
  try {
    rename(path, `${path}.broken`);
  } catch (error) {
    if (!isErrno(error, 'EROFS')) throw error;
  }
}

/** Replaces the file, sorted by name. */
export function writeRepositories(path: string, repositories: Repositories): void {
  const sorted = [...repositories].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileAtomic(path, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
