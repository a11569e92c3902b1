/** A container's root: the image's layers and a writable one of its own, as one overlay. */
import { isErrno } from '../../linux/errno.ts';
import { exists, makeDirectories, makeLink, writeFile } from '../../linux/file.ts';
import { unmount } from '../../linux/mount.ts';
import { mountOverlay } from '../../linux/overlay.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** Where the root appears while the container runs. */
export function rootOf(engine: Engine, container: Container): string {
  return `${engine.containers.directory(container.id)}/merged`;
}

/** Mounts the root. One left over from a run that nobody cleaned up is replaced. */
export function mountRoot(engine: Engine, container: Container): string {
  const directory = engine.containers.directory(container.id);
  const root = rootOf(engine, container);
  for (const name of ['upper', 'work', 'merged']) makeDirectories(`${directory}/${name}`);
  unmountRoot(engine, container);
  const layers = engine.images.layerDirectories(engine.images.get(container.record.imageId));
  mountOverlay(
    {
      lower: [mountPointLayer(engine), ...layers.toReversed()],
      upper: `${directory}/upper`,
      work: `${directory}/work`,
    },
    root,
  );
  return root;
}

/** Unmounts the root, if it is mounted. */
export function unmountRoot(engine: Engine, container: Container): void {
  try {
    unmount(rootOf(engine, container));
  } catch (error) {
    if (!isErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

/**
 * A layer between every image and its containers, as Docker has it: empty files and directories for what is mounted
 * over them, so that mounting does not count as a change of the container.
 */
function mountPointLayer(engine: Engine): string {
  const layer = `${engine.options.root}/mount-points`;
  if (exists(`${layer}/.dockerenv`)) return layer;
  for (const path of ['dev/pts', 'dev/shm', 'etc', 'proc', 'sys']) makeDirectories(`${layer}/${path}`);
  for (const path of ['dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf']) {
    writeFile(`${layer}/${path}`, '');
  }
  if (!exists(`${layer}/etc/mtab`)) makeLink('/proc/mounts', `${layer}/etc/mtab`);
  writeFile(`${layer}/.dockerenv`, '', 0o755);
  return layer;
}
