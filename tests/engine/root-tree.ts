import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, filesUnder, repository, sourcesOf } from '../../builder/cache.ts';
import { run } from '../../builder/exec.ts';
import { assembleTree, packageDigests } from '../../builder/image/assemble.ts';
import { buildImages } from '../../builder/image/images.ts';
import { storeTree } from '../../builder/image/store.ts';
import { makeOpensslFiles } from '../../builder/openssl-files.ts';
import { step } from '../../builder/progress.ts';
import { readRootfsDefinition } from '../../builder/rootfs.ts';
import { writeTar } from '../../builder/tree/tar.ts';
import { graft, treeInputs } from '../../builder/tree/tree.ts';
import { osVersion } from '../../builder/versions.ts';
import { runsInVm } from './virtual.ts';

/** What the one image is called in the read-only store of a machine of namespaces. */
const imageOfNamespaces = 'system/box:1';

/** An image in the read-only store of the machine; its content is busybox. */
export const systemImage = runsInVm ? `paddock/os-base:${osVersion}` : imageOfNamespaces;

/** Where that store lies. */
export const systemStore = '/usr/share/paddock';

/**
 * The root filesystem of the OS as a directory: crun, its libraries and a shell, as they are in the OS. In place of the
 * system images it has one that is quickly made. Everything belongs to whoever runs the tests.
 */
export async function prepareRootTree(): Promise<string> {
  const definition = await readRootfsDefinition();
  const folder = join(repository, 'os/rootfs');
  const images = (await buildImages(['busybox'])).map((image) => ({
    ...image,
    reference: imageOfNamespaces,
  }));
  const openssl = await makeOpensslFiles();
  const inputs = [
    ...images.map(({ id }) => id),
    ...(await filesUnder(folder)),
    ...(await packageDigests(definition)),
    ...treeInputs(openssl),
    ...(await sourcesOf(import.meta.url)),
  ];
  const result = await cached('root-tree', inputs, (into) =>
    step('Unpacking the root filesystem for the engine tests', async () => {
      const tree = await assembleTree(definition, openssl, folder, 'os/rootfs/rootfs.yml');
      graft(tree, systemStore.slice(1), storeTree(images));
      const root = join(into, 'root');
      await mkdir(root);
      await run('tar', ['-x', '--no-same-owner', '-C', root], { input: writeTar(tree) });
    }),
  );
  return join(result, 'root');
}
