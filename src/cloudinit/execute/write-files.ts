/** `write_files`: files of the configuration, written into the filesystem of a service. */
import type { Config } from '../../config/schema.ts';
import { decodeBase64 } from '../../linux/base64.ts';
import { decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
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
import { resolveUser } from '../../oci/user.ts';
import { gunzip } from '../gunzip.ts';

type FileEntry = NonNullable<NonNullable<Config['write_files']>[number]>;

/** What a file shall be. */
export interface PlannedFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
  /** `user` or `user:group`, names or numbers. */
  readonly owner: string;
  readonly isAppended: boolean;
}

/** The service in whose filesystem a file is written that names none. */
const CONSOLE = 'console';
const DEFAULT_MODE = 0o644;

/**
 * The files for the console.
 * @param ungzip throws an Error if the data are damaged
 * @returns those that can be written, and a line for each that cannot
 */
export function planFiles(
  entries: Config['write_files'],
  ungzip: (bytes: Uint8Array) => Uint8Array,
): { files: PlannedFile[]; problems: string[] } {
  const files: PlannedFile[] = [];
  const problems: string[] = [];
  for (const [index, entry] of (entries ?? []).entries()) {
    try {
      const service = entry.container ?? CONSOLE;
      if (service !== CONSOLE) throw new Error(`container: ${service}: only ${CONSOLE} is supported yet`);
      files.push(planFile(entry, ungzip));
    } catch (error) {
      problems.push(`write_files.[${index}] ${entry.path ?? ''}: ${errorMessage(error)}`);
    }
  }
  return { files, problems };
}

function planFile(entry: FileEntry, ungzip: (bytes: Uint8Array) => Uint8Array): PlannedFile {
  const { path, content, encoding, permissions, owner, append } = entry;
  if (path == null || !path.startsWith('/') || path.endsWith('/'))
    throw new Error('expected an absolute path of a file');
  if (permissions != null && !/^(0o?)?[0-7]{1,4}$/.test(permissions))
    throw new Error(`permissions: expected octal digits, got "${permissions}"`);
  return {
    path,
    content: decodeContent(content ?? '', encoding ?? '', ungzip),
    mode: permissions == null ? DEFAULT_MODE : Number.parseInt(permissions.replace(/^0o/, ''), 8),
    owner: owner ?? 'root:root',
    isAppended: append ?? false,
  };
}

function decodeContent(
  content: string,
  encoding: string,
  ungzip: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const parts = encoding.split('+');
  const isBase64 = parts.some((part) => part === 'b64' || part === 'base64');
  const bytes = isBase64 ? decodeBase64(content.replace(/\s/g, '')) : encodeUtf8(content);
  if (bytes === undefined) throw new Error('content: it is no base64');
  return parts.some((part) => part === 'gz' || part === 'gzip') ? ungzip(bytes) : bytes;
}

/** Writes the console's files. Returns a line for each that could not be written. */
export function writeConsoleFiles(entries: Config['write_files']): string[] {
  const { files, problems } = planFiles(entries, gunzip);
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
