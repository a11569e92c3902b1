import { resolve } from 'node:path';
import { buildArtifacts } from '../artifacts.ts';
import { builderTools, ensureHostTools } from '../host-tools.ts';
import { runHeadless } from './headless.ts';
import { runInTerminal } from './interactive.ts';
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
  await start(artifacts, { ...options, ...filesOf(options) });
}

/** The files, by names that are relative to where `./run` was called. */
function filesOf({ disk, cloudConfig }: RunOptions): { disk?: string; cloudConfig?: string } {
  const absolute = (file: string) => resolve(process.env['INIT_CWD'] ?? '.', file);
  return {
    ...(disk === undefined ? {} : { disk: absolute(disk) }),
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
