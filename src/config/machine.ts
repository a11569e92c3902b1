/** The configuration of the machine that this runs on. */
import { isErrno } from '../linux/errno.ts';
import { isDirectory, readDirectory, readText, readTextIfExists } from '../linux/file.ts';
import { type KernelCommandLine, parseKernelCommandLine } from './kernel-command-line.ts';
import { type ConfigFiles, type LoadedConfig, loadConfig } from './load.ts';
import { parseOsRelease } from './os-release.ts';

/** The command line that the kernel was booted with. */
export function readKernelCommandLine(): KernelCommandLine {
  return parseKernelCommandLine(readText('/proc/cmdline'));
}

/** Reads and merges all sources. */
export function loadMachineConfig(
  commandLine: KernelCommandLine = readKernelCommandLine(),
): Promise<LoadedConfig> {
  return loadConfig(machineFiles, commandLine, {
    rancher: {
      environment: {
        VERSION: osVersion(),
        KERNEL_VERSION: readText('/proc/sys/kernel/osrelease').trim(),
      },
    },
  });
}

/** The version of the OS. */
export function osVersion(): string {
  const text = readTextIfExists('/usr/lib/os-release') ?? '';
  return parseOsRelease(text).get('VERSION_ID') ?? 'unknown';
}

/** Those of this machine. */
export const machineFiles: ConfigFiles = {
  readText: readTextIfExists,
  fileNames(path) {
    try {
      return readDirectory(path).filter((name) => !isDirectory(`${path}/${name}`));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  },
};
