/** A container's root: the image's layers and a writable one of its own, as one overlay. */
import { isErrno } from '../../linux/errno.ts';
import { changeOwner, directoryOf, exists, makeDirectories, makeLink, writeFile } from '../../linux/file.ts';
import { asOwner } from '../../linux/idmapped-mount.ts';
import { unmount } from '../../linux/mount.ts';
import { mountOverlay, type OverlayLayers } from '../../linux/overlay.ts';
import type { Engine } from '../engine.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Remapping } from '../user-namespaces/remapping.ts';
import type { Container } from './container.ts';

/** Where the root appears while the container runs. */
export function rootOf(engine: Engine, container: Container): string {
  return `${engine.containers.directory(container.id)}/merged`;
}

/** Mounts the root. One left over from a run that nobody cleaned up is replaced, one that is in use is taken. */
export function mountRoot(engine: Engine, container: Container): string {
  const directory = engine.containers.directory(container.id);
  const root = rootOf(engine, container);
  if (container.rootUsers > 0) return root;
  for (const name of ['upper', 'work', 'merged']) makeDirectories(`${directory}/${name}`);
  unmountRoot(engine, container);
  const layers = {
    lower: lowerLayers(engine, container),
    upper: upperDirectory(engine, container),
    work: `${directory}/work`,
  };
  const remapping = remappingOf(engine, container.record.hostConfig);
  if (remapping === undefined) {
    mountOverlay(layers, root);
  } else {
    mountMappedOverlay(layers, root, remapping);
    // Its root has to get there.
    for (const path of [directoryOf(directory), directory]) changeOwner(path, 0, remapping.root.gid);
  }
  return root;
}

/** Mounts layers of the store so that they have the owners that they have for remapped containers. */
export function mountMappedOverlay(layers: OverlayLayers, target: string, remapping: Remapping): void {
  const { lower, upper, work } = layers;
  const { mappedPath, root } = remapping;
  const mapped = { lower: lower.map(mappedPath), upper: mappedPath(upper), work: mappedPath(work) };
  asOwner(root, () => mountOverlay(mapped, target));
}

/** Where a container's own changes lie, once it has been mounted. */
export function upperDirectory(engine: Engine, container: Container): string {
  return `${engine.containers.directory(container.id)}/upper`;
}

/** What is below a container's own layer, the uppermost first. */
export function lowerLayers(engine: Engine, container: Container): string[] {
  const layers = engine.images.layerDirectories(engine.images.get(container.record.imageId));
  return [mountPointLayer(engine), ...layers.toReversed()];
}

/**
 * Mounts the root, unless it is mounted, for somebody who works with the files of a container that need not run. They
 * stay until the function is called that is returned, even if container and image are removed meanwhile.
 */
export function holdRoot(engine: Engine, container: Container): () => void {
  const { layers } = engine.images.get(container.record.imageId);
  if (!container.isAlive) mountRoot(engine, container);
  container.rootUsers++;
  const unpin = engine.images.pinLayers(layers);
  return () => {
    container.rootUsers--;
    if (container.remains !== undefined) discardRemains(engine, container);
    else if (!container.isAlive) unmountRoot(engine, container);
    unpin();
  };
}

/** After the removal of the container, when the last one who worked with its files is done. */
function discardRemains(engine: Engine, container: Container): void {
  const { remains, rootUsers } = container;
  if (remains === undefined || rootUsers > 0) return;
  unmountIfMounted(`${remains}/merged`);
  engine.images.scratch.discard(remains);
}

/** Unmounts the root, if it is mounted and nobody holds it. */
export function unmountRoot(engine: Engine, container: Container): void {
  if (container.rootUsers === 0) unmountIfMounted(rootOf(engine, container));
}

function unmountIfMounted(path: string): void {
  try {
    unmount(path);
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
