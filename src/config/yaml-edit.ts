/** Changes in a YAML text that leave the rest of it, and its comments, as they are. */
import { type Document, isAlias, isMap, isScalar, type Node, parseDocument, visit, YAMLMap } from 'yaml';
import { ConfigError } from './config-error.ts';
import { formatDocument, parseYaml } from './yaml.ts';

/** What a new file begins with, so that other tools know what it is. */
const FIRST_LINE = 'cloud-config';

/** What stands in two places is written twice. */
const COPIES = { aliasDuplicateObjects: false } as const;

/**
 * Sets a value. Maps on the way to it are made where there are none.
 * @param file names the text in errors
 * @throws ConfigError if the text is no YAML, or if the path leads through something that is no map
 */
export function setInYaml(text: string, file: string, path: readonly string[], value: unknown): string {
  const document = openDocument(text, file);
  let map = rootMap(document, file);
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const below = ownNode(map, key, document);
    if (isMap(below)) {
      map = below;
    } else if (isNothing(below)) {
      const made = new YAMLMap<unknown, unknown>();
      setKeepingKey(map, key, made);
      map = made;
    } else {
      const above = path.slice(0, depth + 1).join('.');
      throw new ConfigError(file, `${above}: holds a value that is no map`);
    }
  }
  setKeepingKey(map, path.at(-1) ?? '', document.createNode(value));
  return formatDocument(document);
}

/**
 * Takes a value out, if it is there.
 * @throws ConfigError if the text is no YAML
 */
export function removeFromYaml(text: string, file: string, path: readonly string[]): string {
  const document = openDocument(text, file);
  if (!document.hasIn(path)) return text;
  document.deleteIn(path);
  return formatDocument(document);
}

/**
 * Merges one text over another, as sources of the configuration are merged. Comments of both are kept, as far as what
 * they are about is.
 * @throws ConfigError if one of them is no YAML, or no map
 */
export function mergeYaml(
  text: string,
  file: string,
  over: { readonly text: string; readonly file: string },
): string {
  const document = openDocument(text, file);
  const addition = openDocument(over.text, over.file);
  const target = rootMap(document, file);
  // Anchors of one document mean nothing in another.
  if (hasAliases(addition))
    addition.contents = addition.createNode(parseYaml(over.text, over.file), COPIES) as Node;
  mergeMaps(document, target, rootMap(addition, over.file));
  return formatDocument(document);
}

function mergeMaps(document: Document, target: YAMLMap, source: YAMLMap): void {
  for (const pair of source.items) {
    const key = String(pair.key);
    const below = ownNode(target, key, document);
    const over = pair.value;
    if (isMap(below) && isMap(over)) mergeMaps(document, below, over);
    else if (isMap(below) && isNothing(over as Node)) continue;
    else if (target.has(key)) setKeepingKey(target, key, over);
    else target.items.push(pair);
  }
}

function openDocument(text: string, file: string): Document {
  parseYaml(text, file); // which tells mistakes with their places
  const document: Document = parseDocument(text, { merge: true, logLevel: 'error' });
  if (document.contents === null && document.commentBefore === null) document.commentBefore = FIRST_LINE;
  return document;
}

/** The map that the document is; an empty document becomes one. */
function rootMap(document: Document, file: string): YAMLMap {
  if (isNothing(document.contents)) {
    const map = new YAMLMap();
    // Comments of an empty document are not lost, and stand before what is to come.
    document.commentBefore = [document.commentBefore, document.comment].filter(Boolean).join('\n');
    document.comment = null;
    document.contents = map;
    return map;
  }
  if (isMap(document.contents)) return document.contents;
  throw new ConfigError(file, 'the document is not a map of keys');
}

/** Also keeps the comment behind a single value, if another takes its place. */
function setKeepingKey(map: YAMLMap, key: string, value: unknown): void {
  const pair = map.items.find((item) => String(item.key) === key);
  if (isScalar(pair?.value) && isScalar(value)) value.comment ??= pair.value.comment ?? null;
  map.set(pair?.key ?? key, value);
}

/** The value of a key. An alias becomes a copy, so that a change here does not change what it stands for elsewhere. */
function ownNode(map: YAMLMap, key: string, document: Document): unknown {
  const node = map.get(key, true) as unknown;
  if (!isAlias(node)) return node;
  const copy = document.createNode(node.toJS(document), COPIES);
  setKeepingKey(map, key, copy);
  return copy;
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (node as { value?: unknown }).value === null;
}

function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
