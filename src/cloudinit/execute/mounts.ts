/** `mounts`: filesystems of the configuration, mounted where the console sees them. */
import { exitCode } from '../../linux/child.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { directoryOf, exists, isDirectory, makeDirectories, writeFile } from '../../linux/file.ts';
import { KernelModules } from '../../linux/module.ts';
import { mountPoints } from '../../linux/mount.ts';
import { spawn } from '../../linux/process.ts';

/** What may be on a disk whose filesystem is not named. */
const COMMON = ['ext4', 'vfat', 'isofs'];
/** Names of characters in file names of FAT. */
const VFAT_NAMES = ['nls_cp437', 'nls_ascii', 'nls_iso8859-1', 'nls_utf8'];

/** Mounts each, in their order. One that is mounted already stays. Returns a line for each that cannot be mounted. */
export async function mountAll(entries: readonly (readonly string[])[]): Promise<string[]> {
  const problems: string[] = [];
  for (const [device = '', target = '', type = '', options = ''] of entries) {
    try {
      await mountOne({ device, target, type, options });
    } catch (error) {
      problems.push(`mounts: ${device}: ${errorMessage(error)}`);
    }
  }
  return problems;
}

interface Mount {
  readonly device: string;
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

async function mountOne({ device, target, type, options }: Mount): Promise<void> {
  if (type === 'swap') {
    await run(['swapon', device]);
    return;
  }
  if (!target.startsWith('/')) throw new Error(`expected an absolute path, got "${target}"`);
  if (mountPoints().includes(target)) return;
  const isBind = options.split(',').some((option) => option === 'bind' || option === 'rbind');
  makeTarget(target, isBind && exists(device) && !isDirectory(device));
  if (!isBind) loadDrivers(type);
  const typeArguments = isBind || type === '' || type === 'auto' ? [] : ['-t', type];
  const optionArguments = options === '' ? [] : ['-o', options];
  await run(['mount', ...typeArguments, ...optionArguments, device, target]);
}

function makeTarget(target: string, isFile: boolean): void {
  if (exists(target)) return;
  makeDirectories(isFile ? directoryOf(target) : target);
  if (isFile) writeFile(target, '');
}

/** The kernel asks modprobe, which is not there. What it has not is told by the mount that fails. */
function loadDrivers(type: string): void {
  const modules = new KernelModules();
  const wanted = type === '' || type === 'auto' ? COMMON : modules.named(`fs-${type}`);
  for (const name of wanted.includes('vfat') ? [...wanted, ...VFAT_NAMES] : wanted) {
    try {
      modules.load(name);
    } catch {}
  }
}

async function run(command: readonly [string, ...string[]]): Promise<void> {
  const code = exitCode(await spawn({ command, stdout: 1, stderr: 2 }).exited);
  if (code !== 0) throw new Error(`${command.join(' ')} failed with exit code ${code}`);
}
