import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cached, digestOf, repository, sourcesOf } from './cache.ts';
import { fetchPackages } from './debian/packages.ts';
import { run } from './exec.ts';
import {
  formatAliases,
  formatDependencies,
  formatSoftDependencies,
  type ModuleInfo,
  moduleName,
  parseModuleList,
  readModuleInfo,
  withDependencies,
} from './kernel-modules.ts';
import { step } from './progress.ts';
import { readTar, writeTar } from './tree/tar.ts';
import { file, put, type Tree } from './tree/tree.ts';

/** Debian's kernel for virtual machines; the lock file says which package of the day that is. */
export const kernelPackage = 'linux-image-cloud-amd64';

export interface Kernel {
  /** As `uname -r` prints it. */
  readonly release: string;
  /** Stands for all of this as an input of later steps. */
  readonly digest: string;
  /** The bootable image, a file. */
  readonly image: string;
  /** `usr/lib/modules/<release>/` with the modules of os/modules.list and their indexes. */
  readonly modules: Tree;
  /** The modules that /init loads before it has more than the initrd, by their file names. */
  readonly earlyModules: Tree;
}

/** Unpacks the kernel and picks the modules that the OS has. */
export async function prepareKernel(): Promise<Kernel> {
  const [deb] = await fetchPackages([kernelPackage]);
  if (!deb) throw new Error(`${kernelPackage} was not fetched`);
  const listFile = join(repository, 'os/modules.list');
  const list = await readFile(listFile, 'utf8');
  const inputs = [deb.sha256, list, ...(await sourcesOf(import.meta.url))];
  const result = await cached('kernel', inputs, (into) =>
    step(`Choosing the modules of ${deb.package}`, () => unpackKernel(deb.file, list, into)),
  );
  return {
    release: (await readFile(join(result, 'release'), 'utf8')).trim(),
    digest: digestOf(inputs),
    image: join(result, 'vmlinuz'),
    modules: readTar(await readFile(join(result, 'modules.tar'))),
    earlyModules: readTar(await readFile(join(result, 'early-modules.tar'))),
  };
}

async function unpackKernel(deb: string, list: string, into: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'paddock-kernel-'));
  try {
    await run('dpkg-deb', ['-x', deb, scratch]);
    const release = (await readdir(join(scratch, 'usr/lib/modules')))[0] ?? '';
    const source = join(scratch, 'usr/lib/modules', release);
    // Uncompressed, modules take less room in a compressed filesystem, and the kernel loads them faster.
    await run('xz', ['--decompress', '--threads=1', ...(await filesEnding(source, '.ko.xz'))]);
    const modules = await readModules(source);
    const builtInList = await readFile(join(source, 'modules.builtin'), 'utf8');
    const builtIn = new Set(builtInList.split('\n').filter(Boolean).map(moduleName));
    const wanted = parseModuleList(list, 'os/modules.list');
    const all = withDependencies(
      wanted.map(({ name }) => name),
      modules,
      builtIn,
    );
    const everything = await moduleTree(source, release, all, modules);
    const early: Tree = new Map();
    for (const { name } of wanted.filter((module) => module.early)) {
      const module = modules.get(name);
      // /init loads just these.
      if (module === undefined || module.depends.length > 0)
        throw new Error(`early module ${name} needs others`);
      put(early, basename(module.path), file(await readFile(join(source, module.path))));
    }
    await writeFile(join(into, 'modules.tar'), writeTar(everything));
    await writeFile(join(into, 'early-modules.tar'), writeTar(early));
    await writeFile(join(into, 'vmlinuz'), await readFile(join(scratch, `boot/vmlinuz-${release}`)));
    await writeFile(join(into, 'release'), `${release}\n`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readModules(source: string): Promise<Map<string, ModuleInfo>> {
  const modules = new Map<string, ModuleInfo>();
  for (const path of await filesEnding(source, '.ko')) {
    const info = readModuleInfo(path.slice(source.length + 1), await readFile(path));
    modules.set(moduleName(path), info);
  }
  return modules;
}

/** The chosen modules with indexes of just them; `modules.builtin` tells modprobe which names need no module. */
async function moduleTree(
  source: string,
  release: string,
  names: ReadonlySet<string>,
  modules: ReadonlyMap<string, ModuleInfo>,
): Promise<Tree> {
  const tree: Tree = new Map();
  const top = `usr/lib/modules/${release}`;
  const chosen = new Map(
    [...modules].filter(([name]) => names.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  for (const { path } of chosen.values())
    put(tree, `${top}/${path}`, file(await readFile(join(source, path))));
  put(tree, `${top}/modules.dep`, file(formatDependencies(chosen)));
  put(tree, `${top}/modules.alias`, file(formatAliases(chosen)));
  put(tree, `${top}/modules.softdep`, file(formatSoftDependencies(chosen)));
  for (const name of ['modules.builtin', 'modules.builtin.modinfo']) {
    put(tree, `${top}/${name}`, file(await readFile(join(source, name))));
  }
  return tree;
}

async function filesEnding(directory: string, suffix: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true });
  return entries
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(directory, name));
}
