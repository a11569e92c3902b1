import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { cached, filesUnder, repository, sourcesOf } from './cache.ts';
import { run } from './exec.ts';
import { step } from './progress.ts';
import { prepareSysroot, sysrootFlags } from './sysroot.ts';

const SOURCES = ['host.c', 'codec.c'].map((name) => join(repository, 'runtime', name));
const COMPILE = ['-static', '-O2', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];
const LIBRARIES = ['-lquickjs', '-lm', '-lmd', '-lz', '-lzstd'];

/**
 * Builds the one executable of the OS: `src/main.ts` bundled to one module, compiled to bytecode by the host built as a
 * compiler, and linked statically with the host and the libraries of the sysroot.
 */
export async function buildRuntime(): Promise<{ executable: string }> {
  const sysroot = await prepareSysroot();
  const compiler = await buildCompiler(sysroot);
  const program = await bundle();
  const inputs = [
    sysroot,
    program.code,
    program.map,
    ...(await filesUnder(join(repository, 'runtime'))),
    ...(await sourcesOf(import.meta.url)),
  ];
  const directory = await cached('runtime', inputs, (target) =>
    step('Compiling and linking the executable', async () => {
      await writeFile(join(target, 'bundle.js'), program.code);
      await writeFile(join(target, 'source-map.json'), program.map);
      await run(compiler, ['bundle.js', 'bytecode.bin'], { cwd: target });
      const assembly = join(repository, 'runtime', 'program.S');
      const include = `-Wa,-I${target}`;
      await run('gcc', [
        ...sysrootFlags(sysroot),
        ...COMPILE,
        '-s',
        '-Wl,--build-id=none',
        include,
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

/** The program as one module, and a source map without the sources' texts. */
async function bundle(): Promise<{ code: string; map: string }> {
  const result = await build({
    entryPoints: [join(repository, 'src', 'main.ts')],
    absWorkingDir: repository,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    // Shorter names and less white space mean less bytecode to load at every start.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    sourcemap: 'external',
    sourcesContent: false,
    sourceRoot: '',
    outfile: join(repository, 'out', 'bundle.js'),
    write: false,
    legalComments: 'none',
    logLevel: 'error',
  });
  const text = (suffix: string) =>
    result.outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? missing(suffix);
  const map = JSON.parse(text('.map')) as { sources: string[]; mappings: string };
  const sources = map.sources.map((source) => source.replace(/^(\.\.\/)+/, ''));
  return { code: text('.js'), map: JSON.stringify({ sources, mappings: map.mappings }) };
}

function missing(what: string): never {
  throw new Error(`esbuild gave no ${what} file`);
}
