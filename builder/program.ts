/** The program of the executable: `src/main.ts` and what it imports, as modules that the host compiles and links. */
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { repository } from './cache.ts';

export interface Program {
  /** The first is the one to run; it imports the others, some of them only when it needs them. */
  readonly modules: readonly ProgramModule[];
  /** A JSON text: the source maps of the modules by their names, without the sources' texts. */
  readonly sourceMaps: string;
}

export interface ProgramModule {
  /** Its file name, as the others import it. */
  readonly name: string;
  readonly code: string;
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** Bundles the program. Every `import()` in it begins a module of its own; what several of them need is in others. */
export async function bundleProgram(): Promise<Program> {
  const result = await build({
    entryPoints: [join(repository, 'src', 'main.ts')],
    absWorkingDir: repository,
    bundle: true,
    splitting: true,
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
    outdir: join(repository, 'out'),
    write: false,
    legalComments: 'none',
    logLevel: 'error',
  });
  const files = result.outputFiles.map(({ path, text }) => ({ name: basename(path), code: text }));
  const modules = files.filter(({ name }) => name.endsWith('.js'));
  const maps = files.filter(({ name }) => name.endsWith('.js.map'));
  return {
    modules: modules.toSorted((a, b) => Number(b.name === 'main.js') - Number(a.name === 'main.js')),
    sourceMaps: JSON.stringify(
      Object.fromEntries(
        maps.map(({ name, code }) => [basename(name, '.map'), withoutRoot(JSON.parse(code))]),
      ),
    ),
  };
}

function withoutRoot({ sources, mappings }: SourceMap): SourceMap {
  return { sources: sources.map((source) => source.replace(/^(\.\.\/)+/, '')), mappings };
}

/**
 * The table of modules that runtime/host.c runs, as assembly that includes the files of their bytecode.
 * @param sourceMaps file with their source maps, compressed by zstd
 */
export function programAssembly(
  modules: readonly { readonly name: string; readonly bytecode: string }[],
  sourceMaps: string,
): string {
  const lines = [
    '.section .rodata',
    ...modules.flatMap(({ name, bytecode }, index) => [
      `name${index}: .string "${name}"`,
      '.balign 16',
      `start${index}: .incbin "${bytecode}"`,
      `end${index}:`,
    ]),
    '.global program, program_source_maps, program_source_maps_end',
    '.balign 16',
    'program:',
    ...modules.map((_, index) => `.quad name${index}, start${index}, end${index}`),
    '.quad 0, 0, 0',
    `program_source_maps: .incbin "${sourceMaps}"`,
    'program_source_maps_end:',
    '.section .note.GNU-stack, "", @progbits',
  ];
  return `${lines.join('\n')}\n`;
}
