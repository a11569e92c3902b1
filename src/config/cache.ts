/**
 * The configuration of the machine as it was last merged, kept in memory until one of its sources changes. To read, check
 * and merge them anew would take each command of `ros` and each service several times as long as its own work.
 */
import { currentTime } from '../linux/clock.ts';
import { makeDirectories, readTextIfExists, writeFileAtomic } from '../linux/file.ts';
import { type FileStatus, statIfExists } from '../linux/file-status.ts';
import {
  CLOUD_CONFIG,
  CLOUD_CONFIG_DIRECTORY,
  fragmentPaths,
  METADATA,
  machineFiles,
  OEM_CONFIG,
  OS_CONFIG,
} from './config-files.ts';
import type { LoadedConfig } from './load.ts';

/** What is kept: without the sources, which only few need. */
export type MergedConfig = Pick<LoadedConfig, 'config' | 'messages'>;

const DIRECTORY = '/run/paddock';
const FILE = `${DIRECTORY}/config.json`;

/** The executable knows how to merge. */
const EXECUTABLE = '/proc/self/exe';

/**
 * The kernel's time stamps are coarse: what was changed this short a time ago may change again without a trace. In
 * seconds; filesystems with stamps in whole seconds are thought of.
 */
const UNSETTLED = 2;

/** The merged configuration: what is kept, if all sources are as they were, or else read and merged anew. */
export async function readMachineConfig(): Promise<MergedConfig> {
  const sources = lookAtSources();
  const kept = readKept();
  if (kept?.fingerprint === sources.fingerprint) return kept;
  const { loadMachineConfig } = await import('./machine.ts');
  const { config, messages } = await loadMachineConfig();
  // Not if somebody has changed something meanwhile.
  if (sources.isSettled && lookAtSources().fingerprint === sources.fingerprint)
    keep({ fingerprint: sources.fingerprint, config, messages });
  return { config, messages };
}

interface Kept extends MergedConfig {
  readonly fingerprint: string;
}

/** Undefined if there is nothing, or nothing that this user may read. */
function readKept(): Kept | undefined {
  try {
    return JSON.parse(readTextIfExists(FILE) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** There are passwords in it. Whoever cannot write it, or has what JSON cannot express, does without. */
function keep(kept: Kept): void {
  try {
    const text = JSON.stringify(kept, (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('no number of JSON');
      return value;
    });
    makeDirectories(DIRECTORY, 0o700);
    writeFileAtomic(FILE, text, 0o600);
  } catch {
    // The next one reads the sources again.
  }
}

/** Which files the sources are, and in which state; and whether a change of them would be seen. */
function lookAtSources(): { fingerprint: string; isSettled: boolean } {
  const paths = [
    OS_CONFIG,
    OEM_CONFIG,
    CLOUD_CONFIG_DIRECTORY,
    ...fragmentPaths(machineFiles),
    CLOUD_CONFIG,
    METADATA,
  ];
  const found = paths.map(statIfExists);
  const newest = Math.max(...found.map((status) => status?.changed.seconds ?? 0));
  return {
    fingerprint: [
      readTextIfExists('/proc/cmdline'),
      describe(EXECUTABLE, statIfExists(EXECUTABLE)),
      ...paths.map((path, index) => describe(path, found[index])),
    ].join('\n'),
    isSettled: currentTime().seconds - newest > UNSETTLED,
  };
}

function describe(path: string, status: FileStatus | undefined): string {
  if (status === undefined) return `${path} -`;
  const { device, inode, size, modified, changed } = status;
  const times = [modified, changed].map(({ seconds, nanoseconds }) => `${seconds}.${nanoseconds}`);
  return [path, `${device.major}:${device.minor}`, inode, size, ...times].join(' ');
}
