/** Where in a YAML text a key or a value stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Line and column, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the place of what a path (`['rancher', 'modules', '0']`) leads to: of the last key in it, or of its value. */
export type Locate = (path: readonly string[], part: 'key' | 'value') => Position | undefined;

function createLocator(text: string): Locate {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, logLevel: 'error' });
  return (path, part) => {
    let node: Node | null | undefined = document.contents;
    let offset = node?.range?.[0];
    for (const name of path) {
      if (isAlias(node)) node = node.resolve(document);
      const found = child(node, name);
      if (found === undefined) break; // it came by a merge key: the place is where that stands
      node = found.value;
      offset = (part === 'value' ? node?.range?.[0] : undefined) ?? found.offset;
    }
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

/**
 * @param text of a document that parses; it is parsed again when a place is first asked for, which is rare
 */
export function lazyLocator(text: string): Locate {
  let locate: Locate | undefined;
  return (path, part) => {
    locate ??= createLocator(text);
    return locate(path, part);
  };
}

function child(
  parent: Node | null | undefined,
  name: string,
): { value: Node | null; offset: number } | undefined {
  if (isSeq<Node>(parent)) {
    const value = parent.items[Number(name)];
    return value?.range == null ? undefined : { value, offset: value.range[0] };
  }
  if (!isMap<Node, Node | null>(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  return pair?.key.range == null ? undefined : { value: pair.value, offset: pair.key.range[0] };
}
