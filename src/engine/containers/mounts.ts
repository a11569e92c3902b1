/** The mount points of a container: made at its creation, mounted while it runs, removed with it. */
import { changeOwner, exists, isDirectory, makeDirectories } from '../../linux/file.ts';
import type { ContainerConfig, HostConfig } from '../../oci/container-config.ts';
import { type BindMount, parsePropagation } from '../../oci/mounts.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import type { Image } from '../images/image.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import type { Remapping } from '../user-namespaces/remapping.ts';
import { ANONYMOUS_LABEL, type Volume } from '../volumes/volume-store.ts';
import type { Container } from './container.ts';
import { type MountPoint, type MountWish, parseVolumesFrom, wishedMounts } from './mount-points.ts';
import { mountMappedOverlay } from './root-filesystem.ts';

/**
 * Creates what a new container's mounts need: missing directories of the host, volumes, and in empty volumes what the
 * image has at their place. If one fails, the anonymous volumes made so far are removed again.
 */
export async function prepareMounts(
  engine: Engine,
  containerId: string,
  image: Image,
  config: ContainerConfig,
  hostConfig: HostConfig,
): Promise<MountPoint[]> {
  const points = new Map<string, MountPoint>();
  for (const point of inheritedMounts(engine, hostConfig)) points.set(point.Destination, point);
  const imageVolumes = Object.keys(config.Volumes ?? {}).filter((path) => !points.has(path));
  const made: Volume[] = [];
  const created = { id: containerId, image, remapping: remappingOf(engine, hostConfig) };
  try {
    for (const wish of wishedMounts(hostConfig, imageVolumes)) {
      points.set(wish.Destination, await makeMountPoint(engine, created, wish, made));
    }
  } catch (error) {
    for (const volume of made) engine.volumes.remove(volume.name);
    throw error;
  }
  return [...points.values()];
}

/** The mount points of the containers that `--volumes-from` names. */
function inheritedMounts(engine: Engine, { VolumesFrom }: HostConfig): MountPoint[] {
  return (VolumesFrom ?? []).flatMap((text) => {
    const { container, isReadOnly } = parseVolumesFrom(text);
    const donor = engine.containers.get(container);
    return donor.record.mounts
      .filter(({ Type }) => Type !== 'tmpfs')
      .map((point) => ({ ...point, RW: point.RW && isReadOnly !== true }));
  });
}

/** The container that is being created. */
interface CreatedContainer {
  readonly id: string;
  readonly image: Image;
  readonly remapping: Remapping | undefined;
}

async function makeMountPoint(
  engine: Engine,
  created: CreatedContainer,
  wish: MountWish,
  made: Volume[],
): Promise<MountPoint> {
  const { createSource, noCopy, volumeOptions, ...point } = wish;
  const { remapping } = created;
  if (point.Type === 'bind') {
    if (!exists(point.Source)) {
      if (!createSource) {
        throw invalidParameter(
          `invalid mount config for type "bind": bind source path does not exist: ${point.Source}`,
        );
      }
      makeDirectories(point.Source);
      if (remapping !== undefined) changeOwner(point.Source, remapping.root.uid, remapping.root.gid);
    }
    if (point.Propagation !== '') parsePropagation(point.Propagation);
    return point;
  }
  if (point.Type === 'tmpfs') return point;
  const isAnonymous = !point.Name;
  const volume = engine.volumes.create({
    name: point.Name || undefined,
    driver: volumeOptions?.DriverConfig?.Name || undefined,
    options: volumeOptions?.DriverConfig?.Options ?? {},
    labels: { ...volumeOptions?.Labels, ...(isAnonymous && { [ANONYMOUS_LABEL]: '' }) },
  });
  if (isAnonymous) made.push(volume);
  if (!noCopy) await fillVolume(engine, created, volume, point.Destination);
  return { ...point, Name: volume.name, Source: volume.mountpoint, Driver: volume.driver };
}

/** An empty volume starts with what the image has at its place, owners and modes included. */
async function fillVolume(
  engine: Engine,
  { id, image, remapping }: CreatedContainer,
  volume: Volume,
  destination: string,
): Promise<void> {
  const layers = engine.images.layerDirectories(image).toReversed();
  if (!layers.some((layer) => isDirectory(`${layer}${destination}`))) return;
  await engine.volumes.copyUp(
    volume,
    id,
    layers,
    destination,
    remapping && ((parts, target) => mountMappedOverlay(parts, target, remapping)),
  );
}

/** Mounts the volumes of a container that is about to run. */
export function mountVolumes(engine: Engine, container: Container): void {
  for (const name of volumeNames(container)) engine.volumes.mount(name, container.id);
}

/** Knows the volumes of a container that runs already. */
export function resumeVolumes(engine: Engine, container: Container): void {
  for (const name of volumeNames(container)) engine.volumes.resumeUse(name, container.id);
}

/** Unmounts them, unless another container uses them. */
export function unmountVolumes(engine: Engine, container: Container): void {
  for (const name of volumeNames(container)) engine.volumes.unmount(name, container.id);
}

/** How the mount points are mounted. Tmpfs are not among them: those the runtime makes. */
export function bindMounts(container: Container): BindMount[] {
  return container.record.mounts
    .filter(({ Type }) => Type !== 'tmpfs')
    .map(({ Source, Destination, RW, Propagation }) => ({
      source: Source,
      destination: Destination,
      readOnly: !RW,
      propagation: parsePropagation(Propagation || 'rprivate'),
    }));
}

/** Removes the volumes without a name that no other container uses. */
export function removeAnonymousVolumes(engine: Engine, container: Container): void {
  const usedByOthers = new Set(
    engine.containers
      .all()
      .filter((other) => other !== container)
      .flatMap(volumeNames),
  );
  for (const name of volumeNames(container)) {
    const isAnonymous = engine.volumes.find(name)?.labels[ANONYMOUS_LABEL] !== undefined;
    if (isAnonymous && !usedByOthers.has(name)) engine.volumes.remove(name);
  }
}

function volumeNames({ record }: Container): string[] {
  return record.mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : []));
}
