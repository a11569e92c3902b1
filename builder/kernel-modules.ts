/**
 * Works out which kernel modules the OS has, and writes the indexes that modprobe reads: modules.dep(5), modules.alias.
 * The build does what depmod(8) does, from the `.modinfo` section of each module, because the package has no indexes.
 */

/** One line of `os/modules.list`. */
export interface WantedModule {
  readonly name: string;
  /** Needed before system.squashfs is mounted. */
  readonly early: boolean;
}

/** What a module says about itself. */
export interface ModuleInfo {
  /** Path below `/lib/modules/<release>/`, such as `kernel/drivers/block/loop.ko`. */
  readonly path: string;
  /** Modules whose symbols it uses. */
  readonly depends: readonly string[];
  readonly aliases: readonly string[];
  /** Hints such as `pre: crc32c`. */
  readonly softdeps: readonly string[];
}

/** The kernel takes `-` and `_` in module names for the same. */
export function moduleName(nameOrPath: string): string {
  return nameOrPath.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_');
}

/** @throws an error with the line that is not `name` or `early name`. */
export function parseModuleList(text: string, file: string): WantedModule[] {
  return text.split('\n').flatMap((line, index): WantedModule[] => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const [first = '', second] = words;
    if (words.length === 1) return [{ name: moduleName(first), early: false }];
    if (words.length === 2 && first === 'early' && second) return [{ name: moduleName(second), early: true }];
    throw new Error(
      `${file}:${index + 1}: expected a module name, or "early" and a module name: ${line.trim()}`,
    );
  });
}

/**
 * The named modules and all that they depend on.
 * @param modules every module of the kernel by its name
 * @param builtIn names that need no module
 * @throws an error that names a module the kernel does not have
 */
export function withDependencies(
  names: readonly string[],
  modules: ReadonlyMap<string, ModuleInfo>,
  builtIn: ReadonlySet<string>,
): Set<string> {
  const chosen = new Set<string>();
  const add = (name: string, wantedBy: string) => {
    if (chosen.has(name) || builtIn.has(name)) return;
    const module = modules.get(name);
    if (!module) throw new Error(`the kernel has no module "${name}", which ${wantedBy} asks for`);
    chosen.add(name);
    for (const dependency of module.depends) add(dependency, module.path);
  };
  for (const name of names) add(name, 'os/modules.list');
  return chosen;
}

/** modules.dep: for each module, all modules to be loaded before it; the last one is to be loaded first. */
export function formatDependencies(modules: ReadonlyMap<string, ModuleInfo>): string {
  return formatLines(
    [...modules.values()].map((module) => {
      const before: string[] = [];
      collectDependencies(module, modules, before);
      return `${module.path}:${before.map((dependency) => ` ${dependency}`).join('')}`;
    }),
  );
}

/** Depth first: a dependency stands after everything that needs it, so that loading from the end works. */
function collectDependencies(
  module: ModuleInfo,
  modules: ReadonlyMap<string, ModuleInfo>,
  before: string[],
): void {
  for (const name of module.depends) {
    const dependency = modules.get(name);
    if (!dependency) continue; // built in
    const at = before.indexOf(dependency.path);
    if (at >= 0) before.splice(at, 1);
    before.push(dependency.path);
    collectDependencies(dependency, modules, before);
  }
}

/** modules.alias: which module serves a device, a filesystem or a protocol. */
export function formatAliases(modules: ReadonlyMap<string, ModuleInfo>): string {
  return formatLines(
    [...modules].flatMap(([name, { aliases }]) => aliases.map((alias) => `alias ${alias} ${name}`)),
  );
}

/** modules.softdep: modules that another one likes to have loaded around it. */
export function formatSoftDependencies(modules: ReadonlyMap<string, ModuleInfo>): string {
  return formatLines(
    [...modules].flatMap(([name, { softdeps }]) => softdeps.map((hint) => `softdep ${name} ${hint}`)),
  );
}

/** Reads the `.modinfo` section of a module: `key=value` strings, each ended by a zero byte. */
export function readModuleInfo(path: string, module: Buffer): ModuleInfo {
  const values = new Map<string, string[]>();
  for (const line of modinfoSection(path, module).toString('utf8').split('\0')) {
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    const key = line.slice(0, equals);
    values.set(key, [...(values.get(key) ?? []), line.slice(equals + 1)]);
  }
  const depends = (values.get('depends')?.[0] ?? '').split(',').filter(Boolean);
  return {
    path,
    depends: depends.map(moduleName),
    aliases: values.get('alias') ?? [],
    softdeps: values.get('softdep') ?? [],
  };
}

/** elf(5): section headers of a 64-bit little-endian object file. */
function modinfoSection(path: string, module: Buffer): Buffer {
  const table = Number(module.readBigUInt64LE(40));
  const entrySize = module.readUInt16LE(58);
  const section = (index: number) => {
    const at = table + index * entrySize;
    const offset = Number(module.readBigUInt64LE(at + 24));
    return {
      name: module.readUInt32LE(at),
      content: module.subarray(offset, offset + Number(module.readBigUInt64LE(at + 32))),
    };
  };
  const names = section(module.readUInt16LE(62)).content;
  for (let index = 0; index < module.readUInt16LE(60); index += 1) {
    const { name, content } = section(index);
    if (names.toString('latin1', name, names.indexOf(0, name)) === '.modinfo') return content;
  }
  throw new Error(`${path}: no .modinfo section`);
}

function formatLines(lines: readonly string[]): string {
  return [...lines]
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}
