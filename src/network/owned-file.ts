/** What the network service made, remembered until the machine is switched off. */
import { makeDirectories, readTextIfExists, writeFileAtomic } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { NOTHING_OWNED, type Owned } from './state.ts';

/** In memory, like the interfaces that it is about. */
const DIRECTORY = '/run/netconf';
const FILE = `${DIRECTORY}/owned.json`;

/** Nothing, if there is no file or one that nobody can read. */
export function readOwned(): Owned {
  const text = readTextIfExists(FILE);
  if (text === undefined) return NOTHING_OWNED;
  try {
    return { ...NOTHING_OWNED, ...(JSON.parse(text) as Partial<Owned>) };
  } catch {
    log.warn(`${FILE}: cannot be read; what was set before stays`);
    return NOTHING_OWNED;
  }
}

/** Writes it, if it is another than before. */
export function writeOwned(owned: Owned): void {
  const text = `${JSON.stringify(owned)}\n`;
  if (readTextIfExists(FILE) === text) return;
  makeDirectories(DIRECTORY);
  writeFileAtomic(FILE, text, 0o600);
}
