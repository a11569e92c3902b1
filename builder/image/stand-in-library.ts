import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, sourcesOf } from '../cache.ts';
import { run } from '../exec.ts';
import { step } from '../progress.ts';
import { prepareSysroot, sysrootFlags } from '../sysroot.ts';
import { readLinkage } from '../tree/elf.ts';
import { file, put, type Tree } from '../tree/tree.ts';
import { libraryDirectory } from './libraries.ts';

const COMPILE = ['-shared', '-s', '-O2', '-Wall', '-Wextra', '-Werror'];
const LINK = ['-Wl,--build-id=none', '-Wl,-z,relro,-z,now', '-Wl,-z,noseparate-code'];

/** A function that a program asks of a library, and the version of the library that brought it. */
export interface VersionedSymbol {
  readonly name: string;
  readonly version: string;
}

/**
 * Puts libraries into a tree that stand in for those of Debian. Their subject, such as systemd, is not in this OS, and
 * each of their functions says just that: ENOSYS.
 * @param versions file name of a library → how the names of its versions begin, `LIBSYSTEMD_`
 * @param name of the tree, for messages
 * @throws an error when no program asks for anything of a library
 */
export async function addStandIns(
  tree: Tree,
  versions: Readonly<Record<string, string>>,
  name: string,
): Promise<void> {
  for (const [library, prefix] of Object.entries(versions)) {
    const symbols = (await symbolsAskedOf(tree, library)).filter(({ version }) => version.startsWith(prefix));
    if (symbols.length === 0) throw new Error(`${name}: standIns: nothing needs ${library}`);
    const content = await readFile(await compile(library, symbols, standInSource(symbols)));
    put(tree, `${libraryDirectory}/${library}`, file(content));
  }
}

async function symbolsAskedOf(tree: Tree, library: string): Promise<VersionedSymbol[]> {
  const found = new Map<string, VersionedSymbol>();
  for (const node of tree.values()) {
    if (node.type !== 'file' || !readLinkage(node.content)?.needed.includes(library)) continue;
    for (const symbol of await undefinedSymbols(node.content)) {
      found.set(`${symbol.version} ${symbol.name}`, symbol);
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, symbol]) => symbol);
}

async function undefinedSymbols(program: Buffer): Promise<VersionedSymbol[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'paddock-symbols-'));
  try {
    const path = join(scratch, 'program');
    await writeFile(path, program);
    const listing = (await run('nm', ['--dynamic', '--undefined-only', path])).toString();
    return [...listing.matchAll(/ U (\w+)@(\w[\w.]*)$/gm)].map(([, name = '', version = '']) => ({
      name,
      version,
    }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Functions of libm that are one instruction of the processor, with the result that IEEE 754 asks for. */
const ARITHMETIC: Readonly<Record<string, string>> = {
  sqrt: `#include <emmintrin.h>
double sqrt(double x) { __m128d value = _mm_set_sd(x); return _mm_cvtsd_f64(_mm_sqrt_sd(value, value)); }
`,
};

/**
 * Puts libraries into a tree that have only functions which are one instruction of the processor.
 * @param libraries file name of a library → function → the library's version that brought it, `GLIBC_2.2.5`
 * @param name of the tree, for messages
 * @throws an error about a function that is not of this kind
 */
export async function addArithmetic(
  tree: Tree,
  libraries: Readonly<Record<string, Readonly<Record<string, string>>>>,
  name: string,
): Promise<void> {
  for (const [library, functions] of Object.entries(libraries)) {
    const symbols = Object.entries(functions).map(([symbol, version]) => ({ name: symbol, version }));
    const sources = symbols.map((symbol) => {
      const source = ARITHMETIC[symbol.name];
      if (source === undefined) throw new Error(`${name}: arithmetic: ${symbol.name} is not one instruction`);
      return source;
    });
    const content = await readFile(await compile(library, symbols, sources.join('')));
    put(tree, `${libraryDirectory}/${library}`, file(content));
  }
}

async function compile(
  library: string,
  symbols: readonly VersionedSymbol[],
  source: string,
): Promise<string> {
  const sysroot = await prepareSysroot();
  const map = versionScript(symbols);
  const inputs = [sysroot, library, source, map, ...(await sourcesOf(import.meta.url))];
  const directory = await cached('stand-in', inputs, (target) =>
    step(`Compiling a stand-in for ${library}`, async () => {
      await writeFile(join(target, 'stand-in.c'), source);
      await writeFile(join(target, 'stand-in.map'), map);
      await run('gcc', [
        ...[...sysrootFlags(sysroot), ...COMPILE, ...LINK, `-Wl,-soname,${library}`],
        `-Wl,--version-script,${join(target, 'stand-in.map')}`,
        ...['-o', join(target, library), join(target, 'stand-in.c')],
      ]);
    }),
  );
  return join(directory, library);
}

/** Functions that return a number return what their callers take for a failure, whether they look at errno or not. */
function standInSource(symbols: readonly VersionedSymbol[]): string {
  const functions = symbols.map(({ name }) => `int ${name}(void) { errno = ENOSYS; return -ENOSYS; }\n`);
  return ['#include <errno.h>\n', ...functions].join('');
}

/** The linker's description of which function belongs to which version of the library. */
export function versionScript(symbols: readonly VersionedSymbol[]): string {
  const versions = new Map<string, string[]>();
  for (const { name, version } of symbols) versions.set(version, [...(versions.get(version) ?? []), name]);
  return [...versions].map(([version, names]) => `${version} { global: ${names.join('; ')}; };\n`).join('');
}
