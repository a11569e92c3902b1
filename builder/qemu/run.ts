import { resolve } from 'node:path';
import { buildArtifacts } from '../artifacts.ts';
import { builderTools, ensureHostTools } from '../host-tools.ts';
import { makeDiskIfMissing } from './disk.ts';
import { runHeadless } from './headless.ts';
import { runInTerminal } from './interactive.ts';
import { stateWords } from './kernel-words.ts';
import { parseRunOptions, type RunOptions, UsageError, usage } from './options.ts';
import type { Artifacts } from './start.ts';

/** `./run`: options, build, machine. */
async function main(words: readonly string[]): Promise<void> {
  const options = parseRunOptions(words);
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const artifacts = await buildFor(options);
  const start = options.headless ? runHeadless : runInTerminal;
  await start(artifacts, { ...options, ...(await filesOf(options)) });
}

/**
 * The files, by names that are relative to where `./run` was called. With a disk come the words by which it is used,
 * before those of the person, which win.
 */
async function filesOf({ disk, diskSize, cloudConfig, append }: RunOptions): Promise<Partial<RunOptions>> {
  const absolute = (file: string) => resolve(process.env['INIT_CWD'] ?? '.', file);
  if (disk !== undefined) await makeDiskIfMissing(absolute(disk), diskSize);
  return {
    ...(disk === undefined ? {} : { disk: absolute(disk), append: `${stateWords} ${append}` }),
    ...(cloudConfig === undefined ? {} : { cloudConfig: absolute(cloudConfig) }),
  };
}

async function buildFor({ boot, uefi }: RunOptions): Promise<Artifacts> {
  await ensureHostTools([...builderTools, 'qemu', 'ssh', ...(uefi ? (['ovmf'] as const) : [])]);
  return await buildArtifacts(boot === 'iso' ? ['kernel', 'initrd', 'iso'] : ['kernel', 'initrd']);
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`run: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
