import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, repository, sourcesOf } from './cache.ts';
import { run } from './exec.ts';
import { grubImages } from './grub.ts';
import { step } from './progress.ts';
import { buildTime } from './versions.ts';

/** Name of the volume, by which the boot loader finds it. */
const volumeId = 'PADDOCK';

/**
 * Makes an ISO that BIOS and UEFI boot from a CD and, being a disk image with partition tables too, from a USB stick.
 * @param kernel path of the kernel
 * @param initrd path of the initrd
 * @returns the path of the ISO
 */
export async function makeIso(kernel: string, initrd: string): Promise<string> {
  const boot = join(repository, 'os/boot');
  const menu = join(boot, 'grub.cfg');
  const grub = await grubImages(join(boot, 'find-iso.cfg'));
  // Paths in the cache are digests of what they hold.
  const inputs = [
    kernel,
    initrd,
    grub.directory,
    await readFile(menu),
    ...(await sourcesOf(import.meta.url)),
  ];
  const result = await cached('iso', inputs, (into) =>
    step('Making the ISO', async () => {
      const content = [
        `/boot/vmlinuz=${kernel}`,
        `/boot/initrd=${initrd}`,
        `/boot/grub/grub.cfg=${menu}`,
        `/boot/grub/bios.img=${grub.bios}`,
        `/boot/grub/efi.img=${grub.efi}`,
      ];
      // What xorriso calls mkisofs options: El Torito boot images for both kinds of firmware, the second of which is
      // also a partition of the disk image; GRUB's boot sector finds the first one by the address in it.
      const options = [
        ...['-volid', volumeId, '-rational-rock', '-graft-points'],
        ...['-b', '/boot/grub/bios.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
        ...['--grub2-boot-info', '--grub2-mbr', grub.bootSector],
        ...['--efi-boot', '/boot/grub/efi.img', '-efi-boot-part', '--efi-boot-image'],
        '--protective-msdos-label',
        // mkisofs adds 300 KB that drives of old needed to read ahead of the end.
        '-no-pad',
        ...['--set_all_file_dates', `=${buildTime}`],
      ];
      const output = ['-o', join(into, 'paddock.iso')];
      await run('xorriso', ['-as', 'mkisofs', '-quiet', ...options, ...output, ...content], {
        // xorriso takes the other dates and every identifier that it would invent from this.
        environment: { SOURCE_DATE_EPOCH: String(buildTime), TZ: 'UTC' },
      });
    }),
  );
  return join(result, 'paddock.iso');
}
