import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cached, digestOf, filesUnder, repository, sourcesOf } from './cache.ts';
import { assembleTree, packageDigests } from './image/assemble.ts';
import { parseTreeDefinition, type TreeDefinition } from './image/definition.ts';
import type { BuiltImage } from './image/images.ts';
import { storeTree } from './image/store.ts';
import type { Kernel } from './kernel.ts';
import { makeOpensslFiles } from './openssl-files.ts';
import { step } from './progress.ts';
import { appendToSquashfs, packSquashfs, squashfsName } from './squashfs.ts';
import { makeTimeZoneFiles } from './time-zones.ts';
import { file, graft, put, treeInputs } from './tree/tree.ts';
import { osVersion } from './versions.ts';

const folder = join(repository, 'os/rootfs');

/** Where System Docker looks for the images that come with the OS. */
const systemStore = 'usr/share/paddock';

export async function readRootfsDefinition(): Promise<TreeDefinition> {
  const path = 'os/rootfs/rootfs.yml';
  return parseTreeDefinition(await readFile(join(repository, path), 'utf8'), path);
}

/**
 * Makes system.squashfs without the executable: what seldom changes.
 * @returns its path
 */
export async function makeRootfs(kernel: Kernel, images: readonly BuiltImage[]): Promise<string> {
  const definition = await readRootfsDefinition();
  const osConfig = await readFile(join(repository, 'os/os-config.yml'), 'utf8');
  const openssl = await makeOpensslFiles();
  const timeZones = await makeTimeZoneFiles();
  const preloaded = images.filter(({ preload }) => preload);
  const inputs = [
    kernel.digest,
    osConfig,
    ...preloaded.map(({ id, reference }) => `${reference} ${id}`),
    ...(await filesUnder(folder)),
    ...(await packageDigests(definition)),
    ...treeInputs(openssl),
    ...treeInputs(timeZones),
    ...(await sourcesOf(import.meta.url)),
  ];
  const result = await cached('rootfs', inputs, async (into) => {
    const tree = await step('Assembling the root filesystem', async () => {
      const tree = await assembleTree(definition, openssl, folder, 'os/rootfs/rootfs.yml');
      graft(tree, '', kernel.modules);
      graft(tree, systemStore, storeTree(preloaded));
      graft(tree, '', timeZones);
      put(tree, 'usr/share/ros/os-config.yml', file(osConfig));
      // What the OS itself reads, since JSON takes it a hundredth of the time.
      put(tree, 'usr/share/ros/os-config.json', file(JSON.stringify(parse(osConfig, { merge: true }))));
      put(tree, 'usr/lib/os-release', file(osRelease()));
      return tree;
    });
    await packSquashfs(tree, into);
  });
  return join(result, squashfsName);
}

/**
 * Adds the executable to system.squashfs. It lies beside the folders, since a file can be added to the top folder of a
 * squashfs only; runtime/first-init.c mounts it over usr/bin/paddock.
 * @returns the path of a new system.squashfs
 */
export async function addExecutable(rootfs: string, executable: string): Promise<string> {
  const inputs = [await readFile(rootfs), await readFile(executable)];
  const result = await cached(
    'system',
    [digestOf(inputs), ...(await sourcesOf(import.meta.url))],
    async (into) => {
      const source = join(into, 'source');
      await mkdir(source);
      await copyFile(executable, join(source, 'paddock'));
      await chmod(join(source, 'paddock'), 0o755);
      await copyFile(rootfs, join(into, squashfsName));
      await appendToSquashfs(source, join(into, squashfsName));
      await rm(source, { recursive: true });
    },
  );
  return join(result, squashfsName);
}

/** os-release(5) */
function osRelease(): string {
  const fields = {
    NAME: 'Paddock',
    ID: 'paddock',
    VERSION: osVersion,
    VERSION_ID: osVersion,
    PRETTY_NAME: `Paddock ${osVersion}`,
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}="${value}"\n`)
    .join('');
}
