/** What login shells of the console read besides /etc/profile: files in /etc/profile.d, as RancherOS writes them. */
import { proxyVariables } from '../../config/environment.ts';
import type { RancherConfig } from '../../config/schema.ts';
import { makeDirectories, writeFile } from '../../linux/file.ts';

const DIRECTORY = '/etc/profile.d';

/** Writes proxy.sh and path.sh. */
export function writeProfile(rancher: RancherConfig | null | undefined): void {
  makeDirectories(DIRECTORY);
  for (const [name, text] of Object.entries(profileFiles(rancher))) writeFile(`${DIRECTORY}/${name}`, text);
}

/** The files by their names. `PATH` of `rancher.environment` is a list with commas, which comes behind that of the console. */
export function profileFiles(rancher: RancherConfig | null | undefined): Record<string, string> {
  const proxies = Object.entries(proxyVariables(rancher?.network ?? {}));
  const directories = (rancher?.environment?.['PATH'] ?? '')
    .split(',')
    .filter((directory) => directory !== '');
  return {
    'proxy.sh': proxies.map(([name, value]) => `export ${name}=${quote(value)}\n`).join(''),
    'path.sh': directories.map((directory) => `export PATH="$PATH":${quote(directory)}\n`).join(''),
  };
}

/** As one word for a shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
