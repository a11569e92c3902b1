/** `mounts`: filesystems of the configuration, mounted where the console sees them. */
import { loadFilesystemIfThere } from '../../disk/filesystem-modules.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { directoryOf, exists, isDirectory, makeDirectories, writeFile } from '../../linux/file.ts';
import { mountPoints } from '../../linux/mount.ts';
import { runProgram } from './commands.ts';

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
    await runProgram(['swapon', device]);
    return;
  }
  if (!target.startsWith('/')) throw new Error(`expected an absolute path, got "${target}"`);
  if (mountPoints().includes(target)) return;
  const isBind = options.split(',').some((option) => option === 'bind' || option === 'rbind');
  makeTarget(target, isBind && exists(device) && !isDirectory(device));
  // The kernel asks modprobe, which is not there.
  if (!isBind) loadFilesystemIfThere(type);
  const typeArguments = isBind || type === '' || type === 'auto' ? [] : ['-t', type];
  const optionArguments = options === '' ? [] : ['-o', options];
  await runProgram(['mount', ...typeArguments, ...optionArguments, device, target]);
}

function makeTarget(target: string, isFile: boolean): void {
  if (exists(target)) return;
  makeDirectories(isFile ? directoryOf(target) : target);
  if (isFile) writeFile(target, '');
}
