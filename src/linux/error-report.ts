/** Stacks for people: QuickJS's positions in the bundle become TypeScript files and lines. */
import { decode } from '@jridgewell/sourcemap-codec';

interface SourceMap {
  sources: string[];
  mappings: string;
}

interface DecodedMap {
  sources: string[];
  lines: ReturnType<typeof decode>;
}

/** By the names of the modules. */
let sourceMaps: Record<string, SourceMap> | undefined;
const decodedMaps = new Map<string, DecodedMap>();

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
  return stack.replace(
    /([\w-]+\.js):(\d+):(\d+)/g,
    (position, module: string, line: string, column: string) => {
      return originalPosition(module, Number(line), Number(column)) ?? position;
    },
  );
}

/** Where a position of a module (both from 1) comes from, as `file:line:column`. */
function originalPosition(module: string, line: number, column: number): string | undefined {
  const map = sourceMap(module);
  const segments = map?.lines[line - 1] ?? [];
  const segment = segments.findLast(([start]) => start <= column - 1) ?? segments[0];
  if (map === undefined || segment === undefined || segment.length === 1) return undefined;
  const [, source, originalLine, originalColumn] = segment;
  return `${map.sources[source] ?? '?'}:${originalLine + 1}:${originalColumn + 1}`;
}

function sourceMap(module: string): DecodedMap | undefined {
  sourceMaps ??= JSON.parse(host.sourceMaps()) as Record<string, SourceMap>;
  const map = sourceMaps[module];
  if (map === undefined) return undefined;
  const decoded = decodedMaps.get(module) ?? { sources: map.sources, lines: decode(map.mappings) };
  decodedMaps.set(module, decoded);
  return decoded;
}
