/** The file that `ros config` writes. */
import { errorMessage } from '../linux/error-report.ts';
import { directoryOf, makeDirectories, readTextIfExists, writeFileAtomic } from '../linux/file.ts';
import { withLock } from '../linux/file-lock.ts';
import { ConfigError } from './config-error.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Changes the file: whoever else does it at the same time waits, and whatever fails leaves the old one.
 * @param change makes the new text out of the old one, which is empty if there is no file; what it throws comes through
 */
export function changeCloudConfig(path: string, change: (text: string) => string): void {
  const directory = directoryOf(path);
  makeDirectories(directory, DIRECTORY_MODE);
  withLock(directory, () => {
    const old = readTextIfExists(path) ?? '';
    const text = change(old);
    if (text !== old) write(path, text);
  });
}

function write(path: string, text: string): void {
  try {
    writeFileAtomic(path, text, FILE_MODE);
  } catch (error) {
    throw new ConfigError(path, `cannot be written: ${errorMessage(error)}`);
  }
}
