/**
 * Words of Dockerfile instructions: taken apart as a shell does, and with variables replaced
 * (https://docs.docker.com/reference/dockerfile/, "Environment replacement").
 */
import { DockerfileError } from './dockerfile-error.ts';
import type { EscapeCharacter } from './dockerfile-lines.ts';
import { matchedPrefix, matchedSuffix } from './shell-pattern.ts';

/** The value of a variable; undefined if it is not set. */
export type Variables = (name: string) => string | undefined;

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*|[0-9@*#?$!-]/y;
/** Substitutions in substitutions: more than anybody writes, less than the stack holds. */
const MAXIMUM_DEPTH = 50;

/** Takes arguments apart at white space; quotes keep it, and stay in the words. */
export function splitWords(text: string, escaper: EscapeCharacter): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += character;
    if (character === escaper && quote !== "'" && index + 1 < text.length) word += text.charAt(++index);
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  if (word !== '') words.push(word);
  return words;
}

/** One word without its quotes and with its variables replaced. Throws DockerfileError. */
export function expandWord(text: string, variables: Variables, escaper: EscapeCharacter): string {
  return expand(text, variables, escaper).join(' ');
}

/** Like `expandWord`, but white space outside of quotes, also that of values, divides the text into words. */
export function expandWords(text: string, variables: Variables, escaper: EscapeCharacter): string[] {
  return expand(text, variables, escaper, true);
}

function expand(text: string, variables: Variables, escaper: EscapeCharacter, splits = false): string[] {
  const expansion = new Expansion(text, variables, escaper, splits);
  expansion.run('');
  return expansion.end();
}

/** Text in which variables are replaced and everything else stays as it is, as in a here-document. */
export function expandVariables(text: string, variables: Variables, escaper: EscapeCharacter): string {
  const expansion = new Expansion(text, variables, escaper, false);
  return expansion.plain();
}

class Expansion {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #escape: EscapeCharacter;
  readonly #splits: boolean;
  readonly #words: string[] = [];
  #word = '';
  #hasWord = false;
  #position = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, escaper: EscapeCharacter, splits: boolean) {
    this.#text = text;
    this.#variables = variables;
    this.#escape = escaper;
    this.#splits = splits;
  }

  /** Goes on to the end, or to the character that ends a part in braces. */
  run(stop: string): void {
    for (let next = this.#peek(); next !== '' && next !== stop; next = this.#peek()) {
      if (next === "'") this.#singleQuoted();
      else if (next === '"') this.#doubleQuoted();
      else if (next === '$') this.#addValue(this.#variable());
      else if (next === this.#escape) this.#escaped();
      else this.#addText(this.#take());
    }
  }

  /** The words. */
  end(): string[] {
    if (this.#hasWord) this.#words.push(this.#word);
    return this.#words;
  }

  /** Everything but variables and what is escaped stays. */
  plain(): string {
    let result = '';
    for (let next = this.#peek(); next !== ''; next = this.#peek()) {
      if (next === '$') result += this.#variable();
      else if (next === this.#escape && /[$\\`]/.test(this.#text.charAt(this.#position + 1))) {
        this.#take();
        result += this.#take();
      } else result += this.#take();
    }
    return result;
  }

  #peek(): string {
    return this.#text.charAt(this.#position);
  }

  #take(): string {
    return this.#text.charAt(this.#position++);
  }

  #add(text: string): void {
    this.#word += text;
    this.#hasWord = true;
  }

  #addText(character: string): void {
    if (this.#splits && /\s/.test(character)) this.#endWord();
    else this.#add(character);
  }

  #addValue(value: string): void {
    for (const character of value) this.#addText(character);
  }

  #endWord(): void {
    if (this.#hasWord) this.#words.push(this.#word);
    this.#word = '';
    this.#hasWord = false;
  }

  #escaped(): void {
    this.#take();
    const next = this.#take();
    if (next !== '') this.#add(next);
  }

  #singleQuoted(): void {
    this.#take();
    const end = this.#text.indexOf("'", this.#position);
    if (end < 0) throw unmatched('single');
    this.#add(this.#text.slice(this.#position, end));
    this.#position = end + 1;
  }

  #doubleQuoted(): void {
    this.#take();
    this.#add('');
    for (let next = this.#peek(); next !== '"'; next = this.#peek()) {
      if (next === '') throw unmatched('double');
      if (next === '$') {
        this.#add(this.#variable());
        continue;
      }
      this.#take();
      if (next === this.#escape && ['"', '$', this.#escape].includes(this.#peek())) this.#add(this.#take());
      else this.#add(next);
    }
    this.#take();
  }

  /** At a dollar sign: the value that stands in its place, or the sign itself. */
  #variable(): string {
    this.#take();
    if (this.#peek() === '{') {
      this.#take();
      return this.#braces();
    }
    const name = this.#name();
    return name === '' ? '$' : (this.#variables(name) ?? '');
  }

  /** Letters, digits and underscores; a digit or a special parameter stands alone. */
  #name(): string {
    NAME.lastIndex = this.#position;
    const [name = ''] = NAME.exec(this.#text) ?? [];
    this.#position += name.length;
    return name;
  }

  /** After `${`. */
  #braces(): string {
    if (this.#peek() === '') throw new DockerfileError("syntax error: missing '}'");
    const name = this.#name();
    if (name === '') throw new DockerfileError('syntax error: bad substitution');
    const value = this.#variables(name);
    const operator = this.#take();
    if (operator === '}') return value ?? '';
    if (operator === '') throw new DockerfileError("syntax error: missing '}'");
    if ('#%'.includes(operator)) return this.#pattern(operator, value ?? '');
    const hasColon = operator === ':';
    const modifier = hasColon ? this.#take() : operator;
    if (!'-+?'.includes(modifier) || modifier === '') {
      throw new DockerfileError(
        modifier === '' ? "syntax error: missing '}'" : `unsupported modifier (${modifier}) in substitution`,
      );
    }
    const word = this.#operand();
    const isSet = hasColon ? (value ?? '') !== '' : value !== undefined;
    if (modifier === '+') return isSet ? word : '';
    if (isSet) return value ?? '';
    if (modifier === '-') return word;
    throw new DockerfileError(`${name}: ${word || `not allowed to be ${hasColon ? 'empty' : 'unset'}`}`);
  }

  /** The text up to the closing brace, expanded. */
  #operand(): string {
    if (this.#depth === MAXIMUM_DEPTH) throw new DockerfileError('substitutions are nested too deeply');
    const inner = new Expansion(this.#text, this.#variables, this.#escape, false);
    inner.#depth = this.#depth + 1;
    inner.#position = this.#position;
    inner.run('}');
    this.#position = inner.#position;
    if (this.#take() === '') throw new DockerfileError("syntax error: missing '}'");
    return inner.#word;
  }

  /** `${x#pattern}` and `${x%pattern}` take the shortest match from an end; the sign twice, the longest. */
  #pattern(operator: string, value: string): string {
    const isLongest = this.#peek() === operator;
    if (isLongest) this.#take();
    const pattern = this.#operand();
    const length =
      operator === '#' ? matchedPrefix(pattern, value, isLongest) : matchedSuffix(pattern, value, isLongest);
    return operator === '#' ? value.slice(length) : value.slice(0, value.length - length);
  }
}

function unmatched(kind: 'single' | 'double'): DockerfileError {
  return new DockerfileError(`unexpected end of statement while looking for matching ${kind}-quote`);
}
