/** What the entries of `write_files` mean. */
import { decodeBase64 } from '../linux/base64.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import type { Config } from './schema.ts';

type FileEntry = NonNullable<NonNullable<Config['write_files']>[number]>;

/** The service in whose filesystem a file is written that names none. */
export const CONSOLE_SERVICE = 'console';

/** What a file shall be. */
export interface PlannedFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
  /** `user` or `user:group`, names or numbers. */
  readonly owner: string;
  readonly isAppended: boolean;
}

const DEFAULT_MODE = 0o644;

/**
 * The files for a service, `console` if they name none.
 * @param ungzip throws an Error if the data are damaged
 * @returns those that can be written, and a line for each that cannot
 */
export function planFiles(
  entries: Config['write_files'],
  service: string,
  ungzip: (bytes: Uint8Array) => Uint8Array,
): { files: PlannedFile[]; problems: string[] } {
  const files: PlannedFile[] = [];
  const problems: string[] = [];
  for (const [index, entry] of (entries ?? []).entries()) {
    if ((entry.container ?? CONSOLE_SERVICE) !== service) continue;
    try {
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
