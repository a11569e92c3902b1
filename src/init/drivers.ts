/** Loads the modules that drive the machine's devices, by what each device says of itself: its `modalias`. */

import { isErrno } from '../linux/errno.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readDirectory, readTextIfExists } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { KernelModules } from '../linux/module.ts';

/** Folders with a link for each device. Few devices that are on no bus have a modalias. */
const CLASSES: readonly string[] = ['/sys/class/input', '/sys/class/dmi'];
const BUSES = '/sys/bus';

/** Controllers of disks on PCI (class 1), disks of virtio, and what SCSI, Hyper-V and Xen find. */
const STORAGE = /^(?:pci:.*bc01|virtio:d0000000[28]|scsi:|acpi:VMBUS|vmbus:|xen:v(?:bd|scsi))/;

/** Whether a modalias is one of a disk, or of something that disks hang on. */
export function isStorage(alias: string): boolean {
  return STORAGE.test(alias);
}

export class DriverLoader {
  readonly #modules = new KernelModules();
  readonly #seen = new Set<string>();

  /** Loads the drivers of all devices that are there, and of those that come to be by that; or only of some. */
  loadAll(isWanted: (alias: string) => boolean = () => true): void {
    for (;;) {
      const aliases = deviceAliases().filter((alias) => !this.#seen.has(alias) && isWanted(alias));
      if (aliases.length === 0) return;
      this.#modules.preload([...new Set(aliases.flatMap((alias) => this.#modules.named(alias)))]);
      for (const alias of aliases) this.loadFor(alias);
    }
  }

  /** Loads the drivers for a modalias, unless it was asked for before. */
  loadFor(alias: string): void {
    if (this.#seen.has(alias)) return;
    this.#seen.add(alias);
    for (const module of this.#modules.named(alias)) {
      try {
        this.#modules.load(module);
        log.debug(`${module} for ${alias}`);
      } catch (error) {
        // Several modules may claim a device, and refuse it when they have looked closer.
        if (!isErrno(error, 'ENODEV')) log.warn(`${module} for ${alias}: ${errorMessage(error)}`);
      }
    }
  }
}

/** The modalias of every device, each once. */
function deviceAliases(): string[] {
  const folders = [...readDirectory(BUSES).map((bus) => `${BUSES}/${bus}/devices`), ...CLASSES];
  const aliases = folders.flatMap((folder) =>
    devicesIn(folder).map((device) => readTextIfExists(`${folder}/${device}/modalias`)?.trimEnd() ?? ''),
  );
  return [...new Set(aliases)].filter(Boolean);
}

function devicesIn(folder: string): string[] {
  try {
    return readDirectory(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
