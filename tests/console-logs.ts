/** What virtual machines of tests printed on their consoles, kept until the same test file runs again. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { repository } from '../builder/cache.ts';

const folder = join(repository, 'out/console/tests');

/** How many lines of a console are shown. */
const shownLines = 60;

let machines = 0;

/** A path for the console of the next machine of this process, which runs one test file. */
export async function nextConsoleLog(): Promise<string> {
  const file = process.argv[1] ?? '';
  await mkdir(folder, { recursive: true });
  if (machines === 0) for (const old of await logsOf(file)) await rm(old, { force: true });
  machines += 1;
  return join(folder, `${basename(file)}.${machines}.log`);
}

/** The last lines of the last machine that a test file has started; undefined if there is none. */
export async function endOfConsole(testFile: string): Promise<string | undefined> {
  const log = (await logsOf(testFile)).at(-1);
  if (log === undefined) return undefined;
  const lines = (await readFile(log, 'latin1')).trimEnd().split('\n');
  return `--- ${log}, last lines ---\n${lines.slice(-shownLines).join('\n')}\n---\n`;
}

/** In the order in which the machines were started. */
async function logsOf(testFile: string): Promise<string[]> {
  const prefix = `${basename(testFile)}.`;
  const number = (name: string) => Number(name.slice(prefix.length).split('.')[0]);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith('.log'))
    .sort((a, b) => number(a) - number(b))
    .map((name) => join(folder, name));
}
