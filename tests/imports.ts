import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { repository } from '../builder/cache.ts';
import { filesUnder } from './suites.ts';

/** One import or re-export of a module. */
export interface Import {
  /** The file that has it, relative to the repository. */
  readonly from: string;
  /** The file it names, relative to the repository; or the name of a package or a module of Node. */
  readonly to: string;
  readonly isFile: boolean;
  /** Whether nothing of it is left at run time. */
  readonly typesOnly: boolean;
}

const statement =
  /^(?:import|export)\s+(type\s+)?(?:(\{[^}]*\}|[\w$*][^'";{]*(?:\{[^}]*\})?)\s+from\s+)?'([^']+)'/gm;

const lazyImport = /\bimport\('([^']+)'\)/g;

/** Every import in every TypeScript file of a folder. */
export function importsUnder(folder: string): Import[] {
  const files = filesUnder(folder).filter((path) => path.endsWith('.ts'));
  return files.flatMap((file) => importsOf(file, readFileSync(join(repository, file), 'utf8')));
}

export function importsOf(file: string, text: string): Import[] {
  const importOf = (target: string, typesOnly: boolean): Import => {
    const isFile = target.startsWith('.');
    return { from: file, to: isFile ? normalize(join(dirname(file), target)) : target, isFile, typesOnly };
  };
  return [
    ...[...text.matchAll(statement)].map(([, type, names, target = '']) =>
      importOf(target, type !== undefined || areTypes(names)),
    ),
    ...[...text.matchAll(lazyImport)].map(([, target = '']) => importOf(target, false)),
  ];
}

/** `{ type A, type B }` */
function areTypes(names: string | undefined): boolean {
  const list = /^\{([^}]*)\}$/.exec(names ?? '')?.[1]?.split(',') ?? [];
  const specifiers = list.map((name) => name.trim()).filter((name) => name !== '');
  return specifiers.length > 0 && specifiers.every((name) => name.startsWith('type '));
}

/**
 * The first circle among imports that are left at run time, as a list of files that begins and ends with the same one.
 * Types may refer to each other: a container knows its engine.
 */
export function findCircle(imports: readonly Import[]): string[] | undefined {
  const graph = new Map<string, string[]>();
  for (const { from, to, isFile, typesOnly } of imports)
    if (isFile && !typesOnly) graph.set(from, [...(graph.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}
