import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, filesUnder, repository, sourcesOf } from './cache.ts';
import { run } from './exec.ts';
import { bundleProgram, programAssembly } from './program.ts';
import { step } from './progress.ts';
import { prepareSysroot, sysrootFlags } from './sysroot.ts';
import { compressZstd } from './zstd.ts';

const SOURCES = ['host.c', 'memory.c', 'codec.c'].map((name) => join(repository, 'runtime', name));
const COMPILE = ['-static', '-O2', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];
const LIBRARIES = ['-lquickjs', '-lm', '-lcrypto', '-lz', '-lzstd'];

/**
 * Builds the one executable of the OS: the modules of the program, compiled to bytecode by the host built as a compiler,
 * and linked statically with the host and the libraries of the sysroot.
 */
export async function buildRuntime(): Promise<{ executable: string }> {
  const sysroot = await prepareSysroot();
  const compiler = await buildCompiler(sysroot);
  const program = await bundleProgram();
  const inputs = [
    sysroot,
    JSON.stringify(program),
    ...(await filesUnder(join(repository, 'runtime'))),
    ...(await sourcesOf(import.meta.url)),
  ];
  const directory = await cached('runtime', inputs, (target) =>
    step('Compiling and linking the executable', async () => {
      const compiled: { name: string; bytecode: string }[] = [];
      for (const { name, code } of program.modules) {
        const bytecode = `${name}.bytecode`;
        await writeFile(join(target, name), code);
        await run(compiler, [name, bytecode], { cwd: target });
        compiled.push({ name, bytecode });
      }
      // They are seldom read, and the executable lies in memory as it is.
      const sourceMaps = 'source-maps.json.zst';
      await writeFile(join(target, sourceMaps), await compressZstd(Buffer.from(program.sourceMaps)));
      const assembly = join(target, 'program.S');
      await writeFile(assembly, programAssembly(compiled, sourceMaps));
      await run('gcc', [
        ...sysrootFlags(sysroot),
        ...COMPILE,
        '-s',
        '-Wl,--build-id=none',
        `-Wa,-I${target}`,
        '-o',
        join(target, 'paddock'),
        ...SOURCES,
        assembly,
        ...LIBRARIES,
      ]);
    }),
  );
  return { executable: join(directory, 'paddock') };
}

/** Builds /init of the initrd, which has no C library; returns its path. */
export async function buildFirstInit(): Promise<string> {
  const sysroot = await prepareSysroot();
  const source = join(repository, 'runtime', 'first-init.c');
  const inputs = [sysroot, await readFile(source, 'utf8'), ...(await sourcesOf(import.meta.url))];
  const directory = await cached('first-init', inputs, async (target) => {
    const alone = ['-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fno-asynchronous-unwind-tables'];
    const output = ['-s', '-Wl,--build-id=none', '-o', join(target, 'init')];
    await run('gcc', [
      ...sysrootFlags(sysroot),
      ...COMPILE,
      '-Os',
      '-fno-pie',
      '-no-pie',
      ...alone,
      ...output,
      source,
    ]);
  });
  return join(directory, 'init');
}

/** The host built as a compiler from a module to bytecode. */
async function buildCompiler(sysroot: string): Promise<string> {
  const inputs = [
    sysroot,
    ...(await filesUnder(join(repository, 'runtime'))),
    ...(await sourcesOf(import.meta.url)),
  ];
  const directory = await cached('bytecode-compiler', inputs, (target) =>
    step('Building the bytecode compiler', async () => {
      const output = ['-DCOMPILER', '-o', join(target, 'compile')];
      await run('gcc', [...sysrootFlags(sysroot), ...COMPILE, ...output, ...SOURCES, ...LIBRARIES]);
    }),
  );
  return join(directory, 'compile');
}
