import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory, repository } from './cache.ts';
import { run } from './exec.ts';
import { note, step } from './progress.ts';

/** Parts of the cache that hold what was downloaded, not what was built. */
const downloads = ['apt', 'debs', 'substitutes.json'];

/**
 * Builds the repository twice, in directories of different names and with empty caches, and compares every artefact.
 * @throws an error that names the artefacts that differ
 */
export async function verifyReproducible(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'paddock-reproducible-'));
  try {
    const source = join(scratch, 'source');
    await step('Copying the repository', () => copyRepository(source));
    const first = await buildCopy(source, join(scratch, 'one'));
    const second = await buildCopy(source, join(scratch, 'a-second-directory'));
    const names = [...new Set([...first.keys(), ...second.keys()])].sort();
    const different = names.filter((name) => first.get(name) !== second.get(name));
    if (different.length > 0) throw new Error(`two builds differ in ${different.join(', ')}`);
    for (const name of names) note(`equal in both builds: ${name} ${first.get(name)}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** SHA-256 of each artefact of a build in that directory. */
async function buildCopy(source: string, directory: string): Promise<Map<string, string>> {
  const copy = join(directory, 'repository');
  const cache = join(directory, 'cache');
  await step(`Building in ${directory}`, async () => {
    await mkdir(cache, { recursive: true });
    await cp(source, copy, { recursive: true, verbatimSymlinks: true });
    for (const name of downloads) await symlink(join(cacheDirectory, name), join(cache, name));
    await run('node', ['--import', 'tsx', 'builder/main.ts'], {
      cwd: copy,
      environment: { PADDOCK_CACHE: cache },
    });
  });
  const digests = new Map<string, string>();
  const out = join(copy, 'out');
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    digests.set(
      path.slice(out.length + 1),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return digests;
}

/** The files that git knows or would add, as they are now, and the npm packages. */
async function copyRepository(to: string): Promise<void> {
  const list = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
  });
  for (const path of list.toString().split('\0').filter(Boolean)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await cp(join(repository, path), join(to, path));
  }
  await cp(join(repository, 'node_modules'), join(to, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
}
