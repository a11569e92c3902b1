import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, writeAtomically } from '../cache.ts';
import { megabytes, step, warn } from '../progress.ts';
import { downloadPackages, ensureLists, packageRecords, updateLists } from './apt.ts';
import type { PackageRecord } from './control.ts';
import { type Lock, type LockedPackage, lockFile, readLock } from './lock.ts';

export interface FetchedPackage extends LockedPackage {
  /** The `.deb` in the cache. */
  readonly file: string;
}

/** Set by `./build --locked`: a package that has left the archive is an error. */
const insistOnLock = () => process.env['PADDOCK_LOCKED'] === '1';

const downloads = join(cacheDirectory, 'debs');
const substitutesFile = join(cacheDirectory, 'substitutes.json');

/**
 * The packages of these names in the versions of the lock file, from the cache or the archive, each checked by its SHA-256.
 * When the archive has dropped a locked version, its current one is taken with a warning; apt has verified that one too.
 */
export async function fetchPackages(names: readonly string[]): Promise<FetchedPackage[]> {
  const lock = await readLock();
  const wanted = names.map((name) => {
    const entry = lock[name];
    if (!entry) throw new Error(`${lockFile}: no package "${name}"; run ./build lock`);
    return { name, entry };
  });
  const missing = wanted.filter(({ entry }) => !existsSync(debFile(entry)));
  const substitutes = missing.length > 0 ? await substitutesFor(missing) : {};
  const packages = wanted.map(({ name, entry }) => substitutes[name] ?? entry);
  for (const [name, substitute] of Object.entries(substitutes)) {
    warn(
      `${name} ${lock[name]?.version} has left the archive; taking ${substitute.version} (update with ./build lock)`,
    );
  }
  await download(packages.filter((entry) => !existsSync(debFile(entry))));
  return packages.map((entry) => ({ ...entry, file: debFile(entry) }));
}

/** What apt would install today for each name: the content of a new lock file. */
export async function lockPackages(names: readonly string[]): Promise<Lock> {
  await updateLists();
  return await currentPackages(names);
}

function debFile({ package: name, version, sha256 }: LockedPackage): string {
  return join(downloads, sha256.slice(0, 16), `${name}_${version.replace(/^\d+:/, '')}.deb`);
}

/** For each package whose locked version cannot be had: the archive's current version, remembered for the next build. */
async function substitutesFor(missing: readonly { name: string; entry: LockedPackage }[]): Promise<Lock> {
  const remembered = await readSubstitutes();
  const known: Record<string, LockedPackage> = {};
  for (const { name, entry } of missing) {
    const substitute = remembered[entry.sha256];
    if (substitute && existsSync(debFile(substitute)) && !insistOnLock()) known[name] = substitute;
  }
  const unknown = missing.filter(({ name }) => !known[name]);
  if (unknown.length === 0) return known;
  await ensureLists(24);
  let gone = await notOffered(unknown);
  if (gone.length > 0) {
    await updateLists(); // the lists may be older than the lock file
    gone = await notOffered(gone);
  }
  if (gone.length === 0) return known;
  if (insistOnLock()) {
    const list = gone.map(({ name, entry }) => `${name} ${entry.version}`).join(', ');
    throw new Error(`the archive no longer has ${list}; build without --locked, or run ./build lock`);
  }
  const found = await currentPackages(gone.map(({ name }) => name));
  for (const { name, entry } of gone) {
    const substitute = found[name];
    if (substitute) remembered[entry.sha256] = substitute;
  }
  await writeAtomically(substitutesFile, JSON.stringify(remembered));
  return { ...known, ...found };
}

/** SHA-256 of a locked package → the package taken in its stead. */
async function readSubstitutes(): Promise<Record<string, LockedPackage>> {
  if (!existsSync(substitutesFile)) return {};
  return JSON.parse(await readFile(substitutesFile, 'utf8')) as Record<string, LockedPackage>;
}

async function notOffered<Wanted extends { entry: LockedPackage }>(
  wanted: readonly Wanted[],
): Promise<Wanted[]> {
  const records = await packageRecords(
    wanted.map(({ entry }) => entry.package),
    'all versions',
  );
  const offered = new Set(records.map(({ sha256 }) => sha256));
  return wanted.filter(({ entry }) => !offered.has(entry.sha256));
}

async function currentPackages(names: readonly string[]): Promise<Lock> {
  const records = await packageRecords(names, 'candidate');
  const lock: Record<string, LockedPackage> = {};
  for (const name of names) {
    const record = records.find((candidate) => candidate.package === name);
    if (!record) throw new Error(`the Debian archive has no package "${name}"`);
    lock[name] = asLocked(await behindMetaPackage(record));
  }
  return lock;
}

/** `linux-image-cloud-amd64` is empty and depends on the kernel of the day, which has the version in its name. */
async function behindMetaPackage(record: PackageRecord): Promise<PackageRecord> {
  const kernel =
    /^linux-image-[a-z]*-?amd64$/.test(record.package) && /^(linux-image-\S+)/.exec(record.depends)?.[1];
  if (!kernel) return record;
  const [real] = await packageRecords([kernel], 'candidate');
  if (!real)
    throw new Error(`${record.package} depends on ${kernel}, which the Debian archive does not have`);
  return real;
}

function asLocked(record: PackageRecord): LockedPackage {
  const { package: name, version, architecture, sha256, source } = record;
  return { package: name, version, architecture: architecture === 'all' ? 'all' : 'amd64', sha256, source };
}

async function download(packages: readonly LockedPackage[]): Promise<void> {
  if (packages.length === 0) return;
  const records = await packageRecords(
    packages.map((entry) => entry.package),
    'all versions',
  );
  const sizes = new Map(records.map(({ sha256, size }) => [sha256, size]));
  const total = packages.reduce((sum, { sha256 }) => sum + (sizes.get(sha256) ?? 0), 0);
  await step(`Downloading ${packages.length} packages (${megabytes(total)})`, async () => {
    await mkdir(downloads, { recursive: true });
    const into = await mkdtemp(join(downloads, 'partial-'));
    try {
      const versions = packages.map((entry) => `${entry.package}=${entry.version}`);
      const files = new Map<string, string>();
      for (const file of await downloadPackages(versions, into)) {
        files.set(
          createHash('sha256')
            .update(await readFile(file))
            .digest('hex'),
          file,
        );
      }
      for (const entry of packages) {
        const file = files.get(entry.sha256);
        if (!file) {
          throw new Error(
            `${entry.package} ${entry.version}: the archive's package is not the one with SHA-256 ${entry.sha256}`,
          );
        }
        await mkdir(join(downloads, entry.sha256.slice(0, 16)), { recursive: true });
        await rename(file, debFile(entry));
      }
    } finally {
      await rm(into, { recursive: true, force: true });
    }
  });
}
