import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { note, step } from './progress.ts';

/** Programs of the build machine: the Debian package, a file that shows it is there, and what it is for. */
const hostTools = {
  keyring: {
    package: 'debian-archive-keyring',
    files: [
      '/usr/share/keyrings/debian-archive-keyring.gpg',
      '/usr/share/keyrings/debian-archive-keyring.pgp',
    ],
    reason: 'verifies the packages that the OS is made of',
  },
  gcc: { package: 'gcc', files: ['/usr/bin/gcc'], reason: 'compiles the C host around QuickJS' },
  xz: { package: 'xz-utils', files: ['/usr/bin/xz'], reason: 'unpacks kernel modules' },
  zstd: { package: 'zstd', files: ['/usr/bin/zstd'], reason: 'compresses the initrd' },
  squashfs: {
    package: 'squashfs-tools',
    files: ['/usr/bin/mksquashfs'],
    reason: 'makes the root filesystem',
  },
  xorriso: { package: 'xorriso', files: ['/usr/bin/xorriso'], reason: 'makes the ISO' },
  mtools: {
    package: 'mtools',
    files: ['/usr/bin/mcopy'],
    reason: 'makes the FAT image that UEFI boots from',
  },
  grub: { package: 'grub-common', files: ['/usr/bin/grub-mkimage'], reason: 'makes the boot loader' },
  grubBios: {
    package: 'grub-pc-bin',
    files: ['/usr/lib/grub/i386-pc/cdboot.img'],
    reason: 'boot loader modules for BIOS',
  },
  grubUefi: {
    package: 'grub-efi-amd64-bin',
    files: ['/usr/lib/grub/x86_64-efi/linux.mod'],
    reason: 'boot loader modules for UEFI',
  },
  qemu: {
    package: 'qemu-system-x86',
    files: ['/usr/bin/qemu-system-x86_64'],
    reason: 'the virtual machine that ./run and ./test boot',
  },
  ovmf: {
    package: 'ovmf',
    files: ['/usr/share/OVMF/OVMF_CODE_4M.fd'],
    reason: 'UEFI firmware for that machine',
  },
  openssl: {
    package: 'openssl',
    files: ['/usr/bin/openssl'],
    reason: 'makes certificates for the registries of tests',
  },
  nft: { package: 'nftables', files: ['/usr/sbin/nft'], reason: 'shows tests the packet filter' },
  python: { package: 'python3', files: ['/usr/bin/python3'], reason: 'runs docker-py against the engine' },
  ssh: { package: 'openssh-client', files: ['/usr/bin/ssh'], reason: 'logs in to that machine' },
} as const;

export type HostTool = keyof typeof hostTools;

/** What `./build` needs for everything it makes. */
export const builderTools: readonly HostTool[] = [
  'keyring',
  'gcc',
  'xz',
  'zstd',
  'squashfs',
  'xorriso',
  'mtools',
  'grub',
  'grubBios',
  'grubUefi',
];

/**
 * Installs what is missing of these with the machine's own apt-get, as root or by sudo.
 * @throws an error with the command to run by hand when neither is possible.
 */
export async function ensureHostTools(tools: readonly HostTool[]): Promise<void> {
  const missing = tools
    .map((tool) => hostTools[tool])
    .filter(({ files }) => !files.some((path) => existsSync(path)));
  if (missing.length === 0) return;
  for (const tool of missing) note(`missing on this machine: ${tool.package}, which ${tool.reason}`);
  const packages = missing.map((tool) => tool.package);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  if (asRoot.length > 0 && !existsSync('/usr/bin/sudo')) {
    throw new Error(
      `as root, run: apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`,
    );
  }
  await step('Updating package lists', () => show([...asRoot, 'apt-get', 'update', '-q']));
  const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages];
  const quietly = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  await step(`Installing ${packages.join(' ')}`, () => show([...asRoot, ...quietly, ...install]));
}

/** Runs a command whose output and questions, such as for a password, the person should see. */
function show([program = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // Our standard output is for results, so theirs goes to standard error.
    const child = spawn(program, args, { stdio: ['inherit', 2, 2] });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')}: exit status ${code}`)),
    );
  });
}
