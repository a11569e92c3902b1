import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cached, filesUnder, repository, sourcesOf } from './cache.ts';
import { assembleTree, packageDigests } from './image/assemble.ts';
import { parseTreeDefinition, type TreeDefinition } from './image/definition.ts';
import type { BuiltImage } from './image/images.ts';
import { storeTree } from './image/store.ts';
import type { Kernel } from './kernel.ts';
import { makeOpensslFiles } from './openssl-files.ts';
import { step } from './progress.ts';
import { packSquashfs, squashfsName } from './squashfs.ts';
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
 * Makes system.squashfs: everything of the OS except the executable, which is /init of the initrd.
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
