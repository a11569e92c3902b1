/** Loading kernel modules with what they depend on: finit_module(2). */
import { isErrno } from './errno.ts';
import { readTextIfExists } from './file.ts';
import { O, withFile } from './file-descriptor.ts';
import {
  AliasIndex,
  moduleName,
  parseBuiltIn,
  parseDependencies,
  parseSoftDependencies,
} from './module-index.ts';
import { runInBackground, runInParallel } from './parallel.ts';
import { callOnPath } from './syscall.ts';
import { systemName } from './system-name.ts';

const MODULE_INIT_COMPRESSED_FILE = 4;

/** The modules of one kernel. The indexes are read when they are first needed. */
export class KernelModules {
  readonly #directory: string;
  readonly #done: Set<string>;
  #files: Map<string, string[]> | undefined;
  #aliases: AliasIndex | undefined;
  #softDependencies: Map<string, string[]> | undefined;

  /** @param directory such as `/lib/modules/6.12.1`; that of the running kernel if absent. */
  constructor(directory = `/lib/modules/${systemName().release}`) {
    this.#directory = directory;
    this.#done = loadedModules();
    for (const name of parseBuiltIn(this.#read('modules.builtin'))) this.#done.add(name);
  }

  /** Whether a module is loaded or built in. */
  has(module: string): boolean {
    return this.#done.has(moduleName(module));
  }

  /**
   * Loads a module and those that it needs. One that is loaded or built in is fine.
   * @param parameters as on modprobe's command line, such as `nbds_max=16`
   * @throws Error if there is no such module, SyscallError if the kernel refuses it
   */
  load(module: string, parameters = ''): void {
    const name = moduleName(module);
    if (this.#done.has(name)) return;
    this.#files ??= parseDependencies(this.#read('modules.dep'));
    const files = this.#files.get(name);
    if (files === undefined) throw new Error(`no module ${module} in ${this.#directory}`);
    for (const file of files) {
      const fileName = moduleName(file);
      if (this.#done.has(fileName)) continue;
      this.#done.add(fileName);
      this.#loadSoftDependencies(fileName);
      insert(`${this.#directory}/${file}`, fileName === name ? parameters : '');
    }
  }

  /**
   * Begins with several modules at once, since a driver that looks for its devices takes its time. Whoever calls
   * `load` for each of them then does not wait, and learns which of them failed.
   */
  preload(modules: readonly string[]): void {
    const missing = modules.filter((module) => !this.#done.has(moduleName(module)));
    if (missing.length < 2) return;
    runInParallel(missing.map((module) => () => this.load(module)));
    for (const name of loadedModules()) this.#done.add(name);
  }

  /** Begins with a module that is needed later. Whoever calls `load` then waits for the rest, and learns whether it failed. */
  loadInBackground(module: string): void {
    runInBackground(() => this.load(module));
  }

  /** The modules that serve an alias, such as a device's `modalias` or `fs-ext4`. */
  named(alias: string): string[] {
    this.#aliases ??= new AliasIndex(this.#read('modules.alias'));
    return this.#aliases.find(alias);
  }

  /** Modules that this one works without, though worse. */
  #loadSoftDependencies(name: string): void {
    this.#softDependencies ??= parseSoftDependencies(this.#read('modules.softdep'));
    for (const wanted of this.#softDependencies.get(name) ?? []) {
      for (const module of this.named(wanted)) {
        try {
          this.load(module);
        } catch {
          // That is what "soft" means.
        }
      }
    }
  }

  #read(index: string): string {
    return readTextIfExists(`${this.#directory}/${index}`) ?? '';
  }
}

/** The first word of each line of /proc/modules (proc_modules(5)), but for modules that are being loaded. */
function loadedModules(): Set<string> {
  const lines = (readTextIfExists('/proc/modules') ?? '')
    .split('\n')
    .filter((line) => line.includes(' Live '));
  return new Set(lines.map((line) => line.slice(0, line.indexOf(' '))));
}

/** Hands a module's file to the kernel, which decompresses it if it must. */
function insert(path: string, parameters: string): void {
  const flags = path.endsWith('.ko') ? 0 : MODULE_INIT_COMPRESSED_FILE;
  withFile(path, O.RDONLY, (fd) => {
    try {
      callOnPath(path, 'finit_module', fd, parameters, flags);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  });
}
