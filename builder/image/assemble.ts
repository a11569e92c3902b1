import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fetchPackages } from '../debian/packages.ts';
import { unpackPackage } from '../debian/unpack.ts';
import { run } from '../exec.ts';
import { directory, file, link, put, type Tree, type TreeNode } from '../tree/tree.ts';
import type { TreeDefinition } from './definition.ts';
import { addLibraries } from './libraries.ts';
import { addArithmetic, addStandIns } from './stand-in-library.ts';

/** What a definition asks for, in the order in which later things replace earlier ones. */
export async function assembleTree(
  definition: TreeDefinition,
  base: Tree,
  folder: string,
  name: string,
): Promise<Tree> {
  const tree: Tree = new Map(base);
  const packages = await unpackAll(Object.keys(definition.packages));
  const fromPackages: Tree = new Map();
  for (const [packageName, patterns] of Object.entries(definition.packages)) {
    pick(packages.get(packageName) ?? new Map(), patterns, fromPackages, `${name}: ${packageName}`);
  }
  if (definition.applets)
    await addApplets(tree, definition.applets, fromPackages.get(definition.applets), name);
  for (const [path, node] of fromPackages) put(tree, path, node);
  await addFiles(tree, folder);
  for (const [path, wanted] of Object.entries(definition.directories)) {
    put(tree, path, { ...directory(), ...wanted } as TreeNode);
  }
  for (const [path, target] of Object.entries(definition.links)) put(tree, path, link(target));
  for (const [path, wanted] of Object.entries(definition.attributes)) {
    const node = tree.get(path);
    if (!node) throw new Error(`${name}: attributes: there is no ${path}`);
    tree.set(path, { ...node, ...wanted } as TreeNode);
  }
  await addStandIns(tree, definition.standIns, name);
  await addArithmetic(tree, definition.arithmetic, name);
  addLibraries(tree, await unpackAll(definition.libraries), name);
  return tree;
}

/** The names of all packages of a definition, for the lock file. */
export function packagesOf(definition: TreeDefinition): string[] {
  return [...Object.keys(definition.packages), ...definition.libraries];
}

/** Identifies the content of the packages of a definition, as an input of a cached step. */
export async function packageDigests(definition: TreeDefinition): Promise<string[]> {
  return (await fetchPackages(packagesOf(definition))).map(({ sha256 }) => sha256);
}

async function unpackAll(names: readonly string[]): Promise<Map<string, Tree>> {
  const trees = new Map<string, Tree>();
  const packages = await fetchPackages(names);
  for (const [index, name] of names.entries()) {
    trees.set(name, await unpackPackage(packages[index]?.file ?? ''));
  }
  return trees;
}

/** Copies what the patterns match. A pattern that matches nothing is a mistake. */
function pick(source: Tree, patterns: readonly string[], into: Tree, whose: string): void {
  for (const pattern of patterns) {
    const expression = globExpression(pattern);
    const found = [...source].filter(([path, node]) => node.type !== 'directory' && expression.test(path));
    if (found.length === 0) throw new Error(`${whose}: nothing matches "${pattern}"`);
    for (const [path, node] of found) put(into, path, node);
  }
}

/** `*` stands for any characters but a slash, `**` for any characters. */
export function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part.replace(/[\\^$+?.()|[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** Links the applets of a busybox, as `busybox --list-full` places them, unless something is there already. */
async function addApplets(
  tree: Tree,
  path: string,
  busybox: TreeNode | undefined,
  name: string,
): Promise<void> {
  if (busybox?.type !== 'file') throw new Error(`${name}: applets: no package brings ${path}`);
  for (const applet of await appletNames(busybox.content)) {
    const place = /^(?:usr\/)?(s?bin)\/([^/]+)$/.exec(applet);
    if (!place) continue; // /linuxrc
    const location = `usr/${place[1]}/${place[2]}`;
    if (!tree.has(location)) put(tree, location, link(relative(dirname(location), path)));
  }
}

async function appletNames(busybox: Buffer): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'paddock-busybox-'));
  try {
    const program = join(scratch, 'busybox');
    await writeFile(program, busybox);
    await chmod(program, 0o755);
    return (await run(program, ['--list-full'])).toString().split('\n').filter(Boolean);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The folder `files/` beside the definition; executable or not is all that git keeps of a mode. */
async function addFiles(tree: Tree, folder: string): Promise<void> {
  const top = join(folder, 'files');
  if (!existsSync(top)) return;
  for (const path of (await readdir(top, { recursive: true })).sort()) {
    const { mode } = await stat(join(top, path));
    const isFile = (await stat(join(top, path))).isFile();
    if (isFile) put(tree, path, file(await readFile(join(top, path)), mode & 0o111 ? 0o755 : 0o644));
  }
}

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
