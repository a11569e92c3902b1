import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, writeAtomically } from '../cache.ts';
import { run } from '../exec.ts';
import { step, warn } from '../progress.ts';
import { type PackageRecord, parsePackageRecords } from './control.ts';
import { type DebianArchives, debianArchives, parseDeb822Sources, parseOneLineSources } from './sources.ts';

/** The Debian release that the OS is made of, whatever the build machine runs. */
export const release = 'trixie';

const directory = join(cacheDirectory, 'apt');
const configuration = join(directory, 'apt.conf');
const sourceList = join(directory, 'etc/sources.list');

/** Keyring of Debian's package debian-archive-keyring; the suffix changed in Debian 13. */
const keyrings = ['debian-archive-keyring.pgp', 'debian-archive-keyring.gpg'].map((name) =>
  join('/usr/share/keyrings', name),
);

/**
 * Fetches the package lists of Debian 13 into a private apt state: the machine's own packages and lists stay untouched.
 * apt verifies the archive's signature against Debian's keyring, and every package against the signed lists.
 */
export async function updateLists(): Promise<void> {
  await step(`Package lists of Debian ${release}`, async () => {
    const { main, security } = await machineArchives();
    await writeConfiguration();
    const lines = [sourceLine(main, release)];
    await aptUpdate(lines);
    const optional = [sourceLine(main, `${release}-updates`)];
    if (security) optional.push(sourceLine(security, `${release}-security`));
    for (const line of optional) {
      // A mirror need not carry these suites; a failure leaves us with the release as of its last point release.
      try {
        await aptUpdate([line]);
        lines.push(line);
      } catch (error) {
        warn(
          `going on without "${line.replace(/.*\] /, '')}": ${(error as Error).message.split('\n').at(-1)}`,
        );
      }
    }
    await writeAtomically(sourceList, `${lines.join('\n')}\n`);
    await alone(['apt-cache', 'gencaches']);
  });
}

/** Fetches the lists unless they are younger than this many hours. */
export async function ensureLists(hours: number): Promise<void> {
  const age = existsSync(sourceList) ? Date.now() - (await stat(sourceList)).mtimeMs : Infinity;
  if (age > hours * 3_600_000) await updateLists();
}

/** Everything the archive says about these packages: all versions, or only the one that apt would install. */
export async function packageRecords(
  names: readonly string[],
  which: 'all versions' | 'candidate',
): Promise<PackageRecord[]> {
  if (names.length === 0) return [];
  const options = which === 'candidate' ? ['--no-all-versions'] : [];
  // One name at a time is slow, and a name that apt does not know fails the whole call: ask what it knows first.
  const known = (await run('apt-cache', ['pkgnames'], { environment })).toString().split('\n');
  const asked = names.filter((name) => known.includes(name));
  if (asked.length === 0) return [];
  const text = await run('apt-cache', ['show', ...options, ...asked], { environment });
  return parsePackageRecords(text.toString());
}

/** Downloads `name=version` packages into a directory; apt checks them against the signed lists. */
export async function downloadPackages(versions: readonly string[], into: string): Promise<string[]> {
  await run('apt-get', ['download', ...versions], { cwd: into, environment });
  return packageFiles(into);
}

/**
 * Downloads the packages of another release than the one the OS is made of, by lists that are forgotten afterwards:
 * for tests that need what is newer.
 */
export async function downloadFromSuite(
  suite: string,
  names: readonly string[],
  into: string,
): Promise<string[]> {
  await ensureLists(24); // which also writes the configuration
  const { main } = await machineArchives();
  const state = join(into, 'apt');
  await mkdir(join(state, 'partial'), { recursive: true });
  await writeFile(join(state, 'sources.list'), `${sourceLine(main, suite)}\n`);
  const options = [
    `Dir::Etc::sourcelist=${join(state, 'sources.list')}`,
    `Dir::State::lists=${state}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'APT::Update::Error-Mode=any',
  ].flatMap((option) => ['-o', option]);
  try {
    await run('apt-get', ['update', ...options], { environment });
    await run('apt-get', ['download', ...options, ...names], { cwd: into, environment });
  } finally {
    await rm(state, { recursive: true });
  }
  return packageFiles(into);
}

async function packageFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.deb'));
  return names.map((name) => join(directory, name));
}

const environment = { APT_CONFIG: configuration };

async function aptUpdate(lines: readonly string[]): Promise<void> {
  const list = join(directory, `etc/partial-${process.pid}.list`);
  await writeFile(list, `${lines.join('\n')}\n`);
  // apt-get exits with 0 when a repository is missing or cannot be reached, unless told that any error counts.
  const options = ['-o', `Dir::Etc::sourcelist=${list}`, '-o', 'APT::Update::Error-Mode=any'];
  try {
    await alone(['apt-get', 'update', ...options]);
  } finally {
    await rm(list);
  }
}

/** Runs a command when no other build does the same: apt fails instead of waiting. */
async function alone(command: readonly string[]): Promise<void> {
  await run('flock', [join(directory, 'update.lock'), ...command], { environment });
}

function sourceLine(uri: string, suite: string): string {
  const keyring = keyrings.find((path) => existsSync(path));
  if (!keyring)
    throw new Error(`${keyrings.join(' or ')} is missing: install the package debian-archive-keyring`);
  return `deb [signed-by=${keyring}] ${uri} ${suite} main`;
}

/** Where this machine gets Debian from, by its own configuration. */
async function machineArchives(): Promise<DebianArchives> {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? (await readdir(parts)).sort() : [];
  const files = ['/etc/apt/sources.list', ...names.map((name) => join(parts, name))].filter((path) =>
    existsSync(path),
  );
  const sources = [];
  for (const path of files) {
    const text = await readFile(path, 'utf8');
    if (path.endsWith('.list')) sources.push(...parseOneLineSources(text));
    if (path.endsWith('.sources')) sources.push(...parseDeb822Sources(text));
  }
  const archives = debianArchives(sources);
  if (!archives) throw new Error('no Debian archive in /etc/apt/sources.list or /etc/apt/sources.list.d');
  return archives;
}

/** The private configuration keeps the machine's way to the network (proxies, retries, credentials) and nothing else. */
async function writeConfiguration(): Promise<void> {
  for (const name of [
    'etc/preferences.d',
    'etc/apt.conf.d',
    'state/lists/partial',
    'cache/archives/partial',
  ]) {
    await mkdir(join(directory, name), { recursive: true });
  }
  await writeFile(join(directory, 'status'), ''); // no package counts as installed
  const machine = (await run('apt-config', ['dump'])).toString().split('\n');
  const network = machine.filter((line) =>
    /^Acquire::(?!IndexTargets|Changelogs|Languages|AllowInsecure)/.test(line),
  );
  await writeFile(
    configuration,
    `${[
      ...network,
      `Dir "${directory}";`,
      'Dir::State "state";',
      `Dir::State::status "${join(directory, 'status')}";`,
      'Dir::Cache "cache";',
      'Dir::Etc "etc";',
      'Dir::Etc::netrc "/etc/apt/auth.conf";',
      'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";',
      'APT::Architecture "amd64";',
      'APT::Architectures { "amd64"; };',
      'APT::Sandbox::User "root";', // the user _apt cannot write to a home directory
      'APT::Get::List-Cleanup "false";', // suites are fetched one by one
      'Acquire::Languages "none";',
    ].join('\n')}\n`,
  );
}
