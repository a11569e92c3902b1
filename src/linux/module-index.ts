/**
 * The indexes that depmod(8) makes of a kernel's modules: modules.dep(5), modules.alias, modules.softdep and
 * modules.builtin, as pure functions of their text.
 */
import { matchesWildcards } from './wildcards.ts';

/** The kernel takes `-` and `_` in module names for the same; `kernel/fs/fuse/virtio-fs.ko.xz` is `virtio_fs`. */
export function moduleName(nameOrPath: string): string {
  const file = nameOrPath.slice(nameOrPath.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}

/** Each module's own file and those that must be loaded before it, in the order of loading. */
export function parseDependencies(modulesDep: string): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const line of modulesDep.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const path = line.slice(0, colon);
    const before = line
      .slice(colon + 1)
      .split(' ')
      .filter(Boolean);
    files.set(moduleName(path), [...before.reverse(), path]);
  }
  return files;
}

/** The names of the modules that are part of the kernel. */
export function parseBuiltIn(modulesBuiltin: string): Set<string> {
  return new Set(modulesBuiltin.split('\n').filter(Boolean).map(moduleName));
}

/** Which modules another one wants to be loaded before it, by `softdep NAME pre: … post: …`. */
export function parseSoftDependencies(modulesSoftdep: string): Map<string, string[]> {
  const wanted = new Map<string, string[]>();
  for (const line of modulesSoftdep.split('\n')) {
    const match = /^softdep (\S+).*? pre:([^:]*?)(?: post:|$)/.exec(line);
    if (match === null) continue;
    const [, name = '', names = ''] = match;
    wanted.set(moduleName(name), names.split(' ').filter(Boolean));
  }
  return wanted;
}

interface Alias {
  readonly pattern: string;
  readonly module: string;
}

/**
 * Finds the modules for an alias such as a device's `modalias`. A kernel has thousands of patterns, so they are kept by
 * the text before their first wildcard: only those whose text begins the alias are compared with it.
 */
export class AliasIndex {
  readonly #byPrefix = new Map<string, Alias[]>();
  readonly #prefixLengths = new Set<number>();

  /** Takes the text of modules.alias: lines of `alias PATTERN MODULE`. */
  constructor(modulesAlias: string) {
    for (const line of modulesAlias.split('\n')) {
      const [keyword, pattern, module] = line.split(' ');
      if (keyword !== 'alias' || pattern === undefined || module === undefined) continue;
      const wildcard = pattern.search(/[*?[]/);
      const prefix = wildcard < 0 ? pattern : pattern.slice(0, wildcard);
      const aliases = this.#byPrefix.get(prefix);
      if (aliases === undefined) this.#byPrefix.set(prefix, [{ pattern, module }]);
      else aliases.push({ pattern, module });
      this.#prefixLengths.add(prefix.length);
    }
  }

  /** The names of the modules, each once. */
  find(alias: string): string[] {
    const found = new Set<string>();
    for (const length of this.#prefixLengths) {
      if (length > alias.length) continue;
      for (const { pattern, module } of this.#byPrefix.get(alias.slice(0, length)) ?? []) {
        if (matchesWildcards(pattern, alias)) found.add(module);
      }
    }
    return [...found];
  }
}
