/**
 * Values on the kernel command line: YAML's scalars, quoted text, and lists in brackets. The characters that a URL needs,
 * `:` and `?`, mean nothing special, so there are no maps.
 */

/** A value, and the index behind it in the text that it was read from. */
interface Read {
  readonly value: unknown;
  readonly end: number;
}

/** The value that a whole text stands for; undefined if a quote or bracket in it is never closed. */
export function parseValue(text: string): unknown {
  const read = readProtected(text, 0);
  if (read !== undefined && read.end === text.length) return read.value;
  const isOpen = read === undefined && /^["'[]/.test(text);
  return isOpen ? undefined : parseScalar(unescapeQuotes(text));
}

/** Reads a quoted text or a list, the two in which blanks may stand; undefined if there is none, or if it has no end. */
export function readProtected(text: string, start: number): Read | undefined {
  return text[start] === '[' ? readList(text, start) : readQuoted(text, start);
}

/** `\"` and `\'` as the quotes that they stand for; other backslashes are literal. */
export function unescapeQuotes(text: string): string {
  return text.replace(/\\(["'])/g, '$1');
}

function readQuoted(text: string, start: number): Read | undefined {
  const quoted = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;
  quoted.lastIndex = start;
  const match = quoted.exec(text);
  if (match === null) return undefined;
  return { value: unescapeQuotes(match[1] ?? match[2] ?? ''), end: quoted.lastIndex };
}

function readList(text: string, start: number): Read | undefined {
  const items: unknown[] = [];
  for (let at = start + 1; ; ) {
    at = skipBlanks(text, at);
    if (text[at] === ']') return { value: items, end: at + 1 };
    const item = readProtected(text, at) ?? readPlainItem(text, at);
    if (item === undefined) return undefined;
    items.push(item.value);
    at = skipBlanks(text, item.end);
    if (text[at] === ',') at++;
    else if (text[at] !== ']') return undefined;
  }
}

function readPlainItem(text: string, start: number): Read | undefined {
  const plain = /(?:\\["']|[^\]["',])+/y;
  plain.lastIndex = start;
  const match = plain.exec(text);
  return match === null
    ? undefined
    : { value: parseScalar(unescapeQuotes(match[0].trim())), end: plain.lastIndex };
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}

/** YAML 1.2's core schema (section 10.3.2), but for infinities and NaN, which nothing here wants. */
function parseScalar(text: string): unknown {
  if (/^(?:~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  const isNumber =
    /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text) || /^0(?:x[\da-fA-F]+|o[0-7]+)$/.test(text);
  const number = Number(text);
  return isNumber && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : text;
}
