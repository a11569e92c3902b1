import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, sourcesOf } from './cache.ts';
import { run } from './exec.ts';
import { step } from './progress.ts';
import { buildTime } from './versions.ts';

/** Where Debian's packages grub-pc-bin and grub-efi-amd64-bin have their modules. */
const grubDirectory = '/usr/lib/grub';

/** All that the boot loader can do: nothing is loaded later. */
const modules = [
  ...['part_gpt', 'part_msdos', 'iso9660', 'fat'],
  ...[
    'search',
    'search_label',
    'search_fs_file',
    'normal',
    'configfile',
    'test',
    'regexp',
    'loadenv',
    'echo',
  ],
  ...['serial', 'terminal', 'linux', 'reboot', 'halt'],
];

export interface GrubImages {
  /** The directory in the cache with all of them. */
  readonly directory: string;
  /** El Torito image for BIOS. */
  readonly bios: string;
  /** FAT filesystem with `EFI/BOOT/BOOTX64.EFI`, for UEFI. */
  readonly efi: string;
  /** Boot sector with which a BIOS boots the ISO from a disk. */
  readonly bootSector: string;
}

/** @param earlyConfig file with the commands that the boot loader runs first */
export async function grubImages(earlyConfig: string): Promise<GrubImages> {
  const bootSector = join(grubDirectory, 'i386-pc/boot_hybrid.img');
  // The parser at that point knows no comments.
  const commands = (await readFile(earlyConfig, 'utf8')).replace(/^#.*\n/gm, '');
  const inputs = [
    commands,
    await readFile(bootSector),
    // The modules change with the version of GRUB, which is in the version text of the tool.
    await run('grub-mkimage', ['--version']),
    ...(await sourcesOf(import.meta.url)),
  ];
  const directory = await cached('grub', inputs, (into) =>
    step('Making the boot loader', async () => {
      const config = join(into, 'early.cfg');
      await writeFile(config, commands);
      const common = ['--prefix', '/boot/grub', '--config', config];
      const bios = ['--format', 'i386-pc-eltorito', '--output', join(into, 'bios.img')];
      const efi = ['--format', 'x86_64-efi', '--output', join(into, 'BOOTX64.EFI')];
      await run('grub-mkimage', [...common, ...bios, 'biosdisk', ...modules]);
      await run('grub-mkimage', [...common, ...efi, 'efi_gop', ...modules]);
      await makeFat(join(into, 'efi.img'), join(into, 'BOOTX64.EFI'));
    }),
  );
  return { directory, bios: join(directory, 'bios.img'), efi: join(directory, 'efi.img'), bootSector };
}

/** A FAT12 filesystem that has just room for the program at the path where UEFI looks on removable media. */
async function makeFat(image: string, program: string): Promise<void> {
  const sectorSize = 512;
  const sectorsPerCluster = 4;
  const clusters = Math.ceil((await stat(program)).size / sectorSize / sectorsPerCluster) + 2; // two directories
  // Boot sector, two tables of twelve bits a cluster, 32 entries of 32 bytes in the root directory, and some slack.
  const tables = 2 * Math.ceil(((clusters + 2) * 1.5) / sectorSize);
  const sectors = 1 + tables + 2 + (clusters + 4) * sectorsPerCluster;
  const environment = { SOURCE_DATE_EPOCH: String(buildTime), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  await writeFile(image, Buffer.alloc(sectors * sectorSize));
  const geometry = ['-T', String(sectors), '-h', '1', '-s', '1', '-c', String(sectorsPerCluster), '-r', '2'];
  await run('mformat', ['-i', image, ...geometry, '-N', '50414444', '-v', 'PADDOCK EFI', '::'], {
    environment,
  });
  await run('mmd', ['-i', image, '::/EFI', '::/EFI/BOOT'], { environment });
  await run('mcopy', ['-i', image, program, '::/EFI/BOOT/BOOTX64.EFI'], { environment });
}
