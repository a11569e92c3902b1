/** Stacks for people: QuickJS's positions in the bundle become TypeScript files and lines. */
import { originalPosition } from './source-map.ts';

interface SourceMap {
  sources: string[];
  mappings: string;
}

/** Places in the TypeScript sources by positions of the bundle, as far as they were asked for: the same come again. */
const places = new Map<string, string>();

/** An error with its stack and its causes. Anything may be thrown, so anything is taken. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = mapStack(error.stack ?? '');
  const cause = error.cause === undefined ? '' : `\ncaused by ${describeError(error.cause)}`;
  return `${error.name}: ${error.message}\n${stack}${cause}`.trimEnd();
}

/** The one-line message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Replaces every `module.js:LINE:COLUMN` by the place in the TypeScript source. */
function mapStack(stack: string): string {
  // They are large, and not kept.
  let maps: Record<string, SourceMap> | undefined;
  return stack.replace(
    /([\w-]+\.js):(\d+):(\d+)/g,
    (position, module: string, line: string, column: string) => {
      const known = places.get(position);
      if (known !== undefined) return known;
      maps ??= JSON.parse(host.sourceMaps()) as Record<string, SourceMap>;
      const place = placeIn(maps[module], Number(line), Number(column)) ?? position;
      places.set(position, place);
      return place;
    },
  );
}

/** Where a position (both from 1) comes from, as `file:line:column`. */
function placeIn(map: SourceMap | undefined, line: number, column: number): string | undefined {
  const original = map && originalPosition(map.mappings, line - 1, column - 1);
  if (map === undefined || original === undefined) return undefined;
  return `${map.sources[original.source] ?? '?'}:${original.line + 1}:${original.column + 1}`;
}
