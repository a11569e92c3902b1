/** Assembling software RAID arrays by the kernel's files in sysfs: its Documentation/admin-guide/md.rst. */
import { errorMessage } from '../linux/error-report.ts';
import { exists, readTextIfExists, writeFile } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { KernelModules } from '../linux/module.ts';
import type { Assembler } from './assemble.ts';
import { type BlockDevice, blockDevices, deviceNumber, raidSuperblockOn } from './block-device.ts';
import type { RaidSuperblock } from './raid-superblock.ts';

const NEW_ARRAY = '/sys/module/md_mod/parameters/new_array';
/** Where mdadm begins, downwards, with arrays that have no number of their own. */
const LAST_NUMBER = 127;
/** The modules of levels whose own name is not that of one. */
const MODULES: Readonly<Record<number, string>> = { 4: 'raid456', 5: 'raid456', 6: 'raid456' };

interface Member extends BlockDevice {
  readonly superblock: RaidSuperblock;
}

/**
 * Starts each array once all its members are there, and when it is late also those with members missing, if the kernel
 * can. What goes wrong is told and no more.
 */
export class ArrayAssembler implements Assembler {
  readonly #tried = new Set<string>();

  get leftOver(): readonly string[] {
    return looseMembers().map(({ path }) => path);
  }

  look(isLate: boolean): void {
    const loose = looseMembers();
    for (const uuid of new Set(loose.map(({ superblock }) => superblock.uuid))) {
      const members = loose.filter(({ superblock }) => superblock.uuid === uuid);
      const { activeDisks, events } = newestOf(members);
      const current = members.filter(({ superblock }) => superblock.events === events);
      if (this.#tried.has(uuid) || (current.length < activeDisks && !isLate)) continue;
      this.#tried.add(uuid);
      assemble(members);
    }
  }
}

/** Devices that belong to an array which does not run. */
function looseMembers(): Member[] {
  return blockDevices().flatMap((device) => {
    const superblock = raidSuperblockOn(device.path);
    return superblock === undefined ? [] : [{ ...device, superblock }];
  });
}

function newestOf(members: readonly Member[]): RaidSuperblock {
  const superblocks = members.map(({ superblock }) => superblock);
  return superblocks.reduce((newest, other) => (other.events > newest.events ? other : newest));
}

/** The kernel itself leaves out members that are older than the others. */
function assemble(members: readonly Member[]): void {
  const { version, level, name, disks, isReshaping } = newestOf(members);
  const list = members.map(({ path }) => path).join(', ');
  try {
    if (isReshaping) throw new Error('its layout is being changed, which only mdadm can go on with');
    new KernelModules().load(MODULES[level] ?? `raid${level}`);
    const array = freeName(name);
    writeFile(NEW_ARRAY, array);
    const folder = `/sys/block/${array}/md`;
    try {
      writeFile(`${folder}/metadata_version`, version);
      for (const { path } of members) {
        writeFile(`${folder}/new_dev`, deviceNumber(path));
      }
      writeFile(`${folder}/array_state`, 'active');
    } catch (error) {
      writeFile(`${folder}/array_state`, 'clear');
      throw new Error(`${errorMessage(error)}; the kernel's log may say why`, { cause: error });
    }
    log.info(`/dev/${array} is RAID ${level} of ${list}`);
    // A RAID 0 has no such file: it is whole or does not run.
    const missing = Number(readTextIfExists(`${folder}/degraded`) ?? 0);
    if (missing > 0) log.warn(`/dev/${array}: ${missing} of its ${disks} members missing or out of date`);
  } catch (error) {
    log.warn(`RAID ${level} of ${list}: ${errorMessage(error)}`);
  }
}

/** The number at the end of the array's name if it has one, as in `barn:0`. */
function freeName(name: string): string {
  const own = /^(?:.*:)?(\d{1,3})$/.exec(name)?.[1];
  if (own !== undefined && !exists(`/sys/block/md${own}`)) return `md${own}`;
  let number = LAST_NUMBER;
  while (exists(`/sys/block/md${number}`)) number--;
  return `md${number}`;
}
