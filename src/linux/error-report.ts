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

let decoded: DecodedMap | undefined;

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

/** Replaces every `paddock.js:LINE:COLUMN` by the place in the TypeScript source. */
function mapStack(stack: string): string {
  return stack.replace(/paddock\.js:(\d+):(\d+)/g, (position, line: string, column: string) => {
    return originalPosition(Number(line), Number(column)) ?? position;
  });
}

/** Where a position of the bundle (both from 1) comes from, as `file:line:column`. */
function originalPosition(line: number, column: number): string | undefined {
  const map = sourceMap();
  const segments = map.lines[line - 1] ?? [];
  const segment = segments.findLast(([start]) => start <= column - 1) ?? segments[0];
  if (segment === undefined || segment.length === 1) return undefined;
  const [, source, originalLine, originalColumn] = segment;
  return `${map.sources[source] ?? '?'}:${originalLine + 1}:${originalColumn + 1}`;
}

function sourceMap(): DecodedMap {
  if (decoded === undefined) {
    const map = JSON.parse(host.sourceMap()) as SourceMap;
    decoded = { sources: map.sources, lines: decode(map.mappings) };
  }
  return decoded;
}
