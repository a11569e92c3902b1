/** Activating the logical volumes of LVM: their metadata are read, and never written. */
import { createMapping } from '../linux/device-mapper.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import type { Assembler } from './assemble.ts';
import { blockDevices, deviceNumber, raidSuperblockOn, readAt } from './block-device.ts';
import { mappedName, parseVolumeGroup, targetsOf, type VolumeGroup } from './lvm-group.ts';
import { type PhysicalVolume, readPhysicalVolume } from './lvm-label.ts';

interface FoundVolume extends PhysicalVolume {
  readonly path: string;
}

/**
 * Activates the volumes of each group once all its physical volumes are there, and when it is late those of which nothing
 * is missing. What goes wrong is told and no more.
 */
export class VolumeActivator implements Assembler {
  readonly #tried = new Set<string>();
  readonly #told = new Set<string>();

  get leftOver(): readonly string[] {
    return findPhysicalVolumes().map(({ path }) => path);
  }

  look(isLate: boolean): void {
    const volumes = findPhysicalVolumes();
    const paths = new Map<string, string[]>();
    for (const { uuid, path } of volumes) paths.set(uuid, [...(paths.get(uuid) ?? []), path]);
    for (const group of this.#newestGroups(volumes)) {
      const isWhole = [...group.physicalVolumes.values()].every(({ id }) => paths.has(id));
      if (this.#tried.has(group.id) || (!isWhole && !isLate)) continue;
      this.#tried.add(group.id);
      activate(group, paths);
    }
  }

  /** Each volume may have an older text than the others. */
  #newestGroups(volumes: readonly FoundVolume[]): VolumeGroup[] {
    const newest = new Map<string, VolumeGroup>();
    for (const { path, texts } of volumes) {
      for (const text of texts) {
        try {
          const group = parseVolumeGroup(text);
          if (group.sequence > (newest.get(group.id)?.sequence ?? -1)) newest.set(group.id, group);
        } catch (error) {
          this.#tellOnce(`${path}: ${errorMessage(error)}`);
        }
      }
    }
    return [...newest.values()];
  }

  #tellOnce(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    log.warn(message);
  }
}

/** The members of a RAID array are the array's. */
function findPhysicalVolumes(): FoundVolume[] {
  return blockDevices().flatMap(({ path }) => {
    try {
      if (raidSuperblockOn(path) !== undefined) return [];
      const volume = readPhysicalVolume((offset, size) => readAt(path, offset, size));
      return volume === undefined ? [] : [{ ...volume, path }];
    } catch {
      // As a drive without a disc.
      return [];
    }
  });
}

function activate(group: VolumeGroup, paths: ReadonlyMap<string, readonly string[]>): void {
  if (group.obstacle !== undefined) {
    log.warn(`volume group ${group.name}: ${group.obstacle}; it is not activated`);
    return;
  }
  const deviceOf = (id: string): string | undefined => {
    const [path, ...others] = paths.get(id) ?? [];
    if (others.length > 0) throw new Error(`${path} and ${others.join(', ')} say that they are the same`);
    return path && deviceNumber(path);
  };
  for (const volume of group.logicalVolumes) {
    try {
      const path = createMapping({
        name: mappedName(group.name, volume.name),
        uuid: `LVM-${group.id}${volume.id}`,
        targets: targetsOf(group, volume, deviceOf),
        isReadOnly: volume.isReadOnly,
        links: [`/dev/${group.name}/${volume.name}`],
      });
      log.info(`${path} is the logical volume ${group.name}/${volume.name}`);
    } catch (error) {
      log.warn(`logical volume ${group.name}/${volume.name}: ${errorMessage(error)}; it is not activated`);
    }
  }
}
