/** `write_files`: files of the configuration, written into the filesystem of the console. */
import { CONSOLE_SERVICE, type PlannedFile, planFiles } from '../../config/planned-file.ts';
import type { Config } from '../../config/schema.ts';
import { decodeUtf8 } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  changeMode,
  changeOwner,
  directoryOf,
  exists,
  makeDirectories,
  readTextIfExists,
  writeFileAtomic,
} from '../../linux/file.ts';
import { O, withFile, writeAll } from '../../linux/file-descriptor.ts';
import { gunzip } from '../../linux/gunzip.ts';
import { resolveUser } from '../../oci/user.ts';

/** Writes the console's files. Returns a line for each that could not be written. */
export function writeConsoleFiles(entries: Config['write_files']): string[] {
  const { files, problems } = planFiles(entries, CONSOLE_SERVICE, gunzip);
  for (const file of files) {
    try {
      writePlannedFile(file);
    } catch (error) {
      problems.push(`write_files: ${file.path}: ${errorMessage(error)}`);
    }
  }
  return problems;
}

function writePlannedFile({ path, content, mode, owner, isAppended }: PlannedFile): void {
  const { uid, gid } = resolveUser(owner, [], {
    passwd: readTextIfExists('/etc/passwd') ?? '',
    group: readTextIfExists('/etc/group') ?? '',
  });
  makeDirectories(directoryOf(path));
  if (isAppended) appendOnce(path, content, mode);
  else replace(path, content, mode);
  changeOwner(path, uid, gid);
  changeMode(path, mode); // which a change of the owner has cleared of its set-id bits
}

/** In place if another file is mounted there, which cannot be replaced. */
function replace(path: string, content: Uint8Array, mode: number): void {
  try {
    writeFileAtomic(path, content, mode);
  } catch (error) {
    if (!exists(path)) throw error;
    withFile(path, O.WRONLY | O.TRUNC, (fd) => writeAll(fd, content));
  }
}

/** The console may start again with the same layer: what is at the end already is not written twice. */
function appendOnce(path: string, content: Uint8Array, mode: number): void {
  const before = readTextIfExists(path) ?? '';
  const text = decodeUtf8(content);
  if (before.endsWith(text)) return;
  withFile(path, O.WRONLY | O.CREAT | O.APPEND, (fd) => writeAll(fd, content), mode);
}
