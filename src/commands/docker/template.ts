/**
 * The part of Go's templates that people use behind `--format`: `{{.Field}}`, `{{json .}}`, `{{index .Map "key"}}`,
 * `{{range .List}}…{{end}}`, `{{if .Field}}…{{else}}…{{end}}`, and the functions below. No variables.
 */
import { UsageError } from './flags.ts';

/** A template that can be applied to any value. Throws UsageError for a field that the value does not have, unless it is a Map. */
export type Template = (value: unknown) => string;

type Expression = (dot: unknown) => unknown;

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  json: (value) => JSON.stringify(value ?? null),
  index: (value, ...keys) => keys.reduce(elementOf, value),
  len: (value) => lengthOf(value),
  join: (list, separator) =>
    Array.isArray(list) ? list.map(display).join(String(separator)) : display(list),
  split: (text, separator) => String(text).split(String(separator)),
  lower: (text) => String(text).toLowerCase(),
  upper: (text) => String(text).toUpperCase(),
  println: (...values) => `${values.map(display).join(' ')}\n`,
  eq: (first, ...others) => others.includes(first),
  ne: (first, second) => first !== second,
  not: (value) => !isTruthy(value),
};

/** The value of `--format`: a template in which `\t` and `\n` may be written with a backslash. Throws UsageError. */
export function parseFormat(text: string): Template {
  return parseTemplate(text.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
}

/** Parses a template. `{{- ` and ` -}}` take the blanks beside them away. Throws UsageError. */
export function parseTemplate(text: string): Template {
  const pieces = text
    .replace(/\s*\{\{-\s/g, '{{')
    .replace(/\s-\}\}\s*/g, '}}')
    .split(/\{\{(.*?)\}\}/s);
  const fail = (reason: string) => new UsageError(`invalid template "${text}": ${reason}`);
  if (/\{\{|\}\}/.test(pieces.filter((_, index) => index % 2 === 0).join('')))
    throw fail('unbalanced braces');
  const parser = new BlockParser(pieces, fail);
  const { body, end } = parser.parseBlock();
  if (end !== undefined) throw fail(`unexpected {{${end}}}`);
  return (value) => {
    try {
      return body(value);
    } catch (error) {
      throw error instanceof FieldError ? fail(error.message) : error;
    }
  };
}

/** A field that does not exist. */
class FieldError extends Error {}

class BlockParser {
  readonly #pieces: readonly string[];
  readonly #fail: (reason: string) => UsageError;
  #position = 0;

  constructor(pieces: readonly string[], fail: (reason: string) => UsageError) {
    this.#pieces = pieces;
    this.#fail = fail;
  }

  /** Up to the end or to an `{{else}}` or `{{end}}` that belongs to the caller. */
  parseBlock(): { body: Template; end: string | undefined } {
    const parts: Template[] = [];
    const body: Template = (dot) => parts.map((part) => part(dot)).join('');
    while (this.#position < this.#pieces.length) {
      const isText = this.#position % 2 === 0;
      const piece = this.#pieces[this.#position++] ?? '';
      if (isText) {
        if (piece !== '') parts.push(() => piece);
        continue;
      }
      const action = piece.trim();
      if (action === 'end' || action === 'else') return { body, end: action };
      parts.push(this.#parseAction(action));
    }
    return { body, end: undefined };
  }

  #parseAction(action: string): Template {
    const [, keyword, condition] = /^(if|range|with)\s+(.*)$/s.exec(action) ?? [];
    if (keyword === undefined || condition === undefined) {
      const value = parsePipeline(action, this.#fail);
      return (dot) => display(value(dot));
    }
    const value = parsePipeline(condition, this.#fail);
    const { body, otherwise } = this.#parseBranches(keyword);
    if (keyword === 'range') {
      return (dot) => {
        const items = itemsOf(value(dot));
        return items.length === 0 ? otherwise(dot) : items.map(body).join('');
      };
    }
    return (dot) => {
      const result = value(dot);
      if (!isTruthy(result)) return otherwise(dot);
      return body(keyword === 'with' ? result : dot);
    };
  }

  #parseBranches(keyword: string): { body: Template; otherwise: Template } {
    const first = this.parseBlock();
    const second = first.end === 'else' ? this.parseBlock() : undefined;
    if ((second ?? first).end !== 'end') throw this.#fail(`{{${keyword}}} without {{end}}`);
    return { body: first.body, otherwise: second?.body ?? (() => '') };
  }
}

/** `first | function argument …`: the result of each becomes the last argument of the next. */
function parsePipeline(text: string, fail: (reason: string) => UsageError): Expression {
  const tokens = tokenize(text, fail);
  const position = { index: 0 };
  const pipeline = parseTokens(tokens, position, fail);
  if (position.index < tokens.length) throw fail(`unexpected "${tokens[position.index]}"`);
  return pipeline;
}

function tokenize(text: string, fail: (reason: string) => UsageError): string[] {
  const tokens: string[] = [];
  const pattern = /\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\.[\w.]*|-?\d+(?:\.\d+)?|\w+|[|()])/sy;
  while (pattern.lastIndex < text.trimEnd().length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match?.[1] === undefined) throw fail(`cannot understand "${text.slice(start).trim()}"`);
    tokens.push(match[1]);
  }
  if (tokens.length === 0) throw fail('empty braces');
  return tokens;
}

function parseTokens(
  tokens: readonly string[],
  position: { index: number },
  fail: (reason: string) => UsageError,
): Expression {
  let result: Expression | undefined;
  do {
    const operands: Expression[] = [];
    const name = tokens[position.index] ?? '';
    const isCall = Object.hasOwn(FUNCTIONS, name);
    if (isCall) position.index++;
    for (; position.index < tokens.length; position.index++) {
      const token = tokens[position.index] ?? '';
      if (token === '|' || token === ')') break;
      operands.push(token === '(' ? parseGroup(tokens, position, fail) : parseOperand(token, fail));
    }
    if (result !== undefined) operands.push(result);
    result = isCall ? callOf(FUNCTIONS[name], operands) : methodCall(operands, fail);
  } while (tokens[position.index] === '|' && ++position.index < tokens.length);
  return result;
}

/** Leaves the position at the closing parenthesis. */
function parseGroup(
  tokens: readonly string[],
  position: { index: number },
  fail: (reason: string) => UsageError,
): Expression {
  position.index++;
  const inner = parseTokens(tokens, position, fail);
  if (tokens[position.index] !== ')') throw fail('missing ")"');
  return inner;
}

function callOf(
  call: ((...args: unknown[]) => unknown) | undefined,
  operands: readonly Expression[],
): Expression {
  return (dot) => call?.(...operands.map((operand) => operand(dot)));
}

/** A field alone, or a field that is a function with its arguments, such as `.Label "name"`. */
function methodCall(operands: readonly Expression[], fail: (reason: string) => UsageError): Expression {
  const [first, ...rest] = operands;
  if (first === undefined) throw fail('nothing to print');
  return (dot) => {
    const value = first(dot);
    if (typeof value === 'function') return value(...rest.map((operand) => operand(dot)));
    if (rest.length > 0) throw new FieldError('only functions take arguments');
    return value;
  };
}

function parseOperand(token: string, fail: (reason: string) => UsageError): Expression {
  if (token.startsWith('.')) {
    const names = token.split('.').filter((name) => name !== '');
    return (dot) => names.reduce(fieldOf, dot);
  }
  if (token.startsWith('`')) return () => token.slice(1, -1);
  if (/^["\d-]/.test(token) || token === 'true' || token === 'false') {
    const constant: unknown = JSON.parse(token);
    return () => constant;
  }
  throw fail(`there is no function "${token}"`);
}

function fieldOf(value: unknown, name: string): unknown {
  if (value instanceof Map) return value.get(name);
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    return (value as Record<string, unknown>)[name];
  }
  throw new FieldError(`no field .${name}`);
}

function elementOf(value: unknown, key: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[String(key)];
}

function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : itemsOf(value).length;
}

function isTruthy(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? itemsOf(value).length > 0 : Boolean(value);
}

/** A value as Go prints it. */
function display(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(display).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${display(item)}`).join(' ')}]`;
}
