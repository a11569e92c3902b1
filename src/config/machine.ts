/** The configuration of the machine that this runs on. */
import { readText, readTextIfExists } from '../linux/file.ts';
import { machineFiles } from './config-files.ts';
import { type KernelCommandLine, parseKernelCommandLine } from './kernel-command-line.ts';
import { type LoadedConfig, loadConfig, readOsConfig } from './load.ts';
import { parseOsRelease } from './os-release.ts';
import type { Config } from './schema.ts';

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

/** The part of it that the OS brings along. */
export function machineOsConfig(): Config {
  return readOsConfig(machineFiles) ?? {};
}

/** The version of the OS. */
export function osVersion(): string {
  const text = readTextIfExists('/usr/lib/os-release') ?? '';
  return parseOsRelease(text).get('VERSION_ID') ?? 'unknown';
}
