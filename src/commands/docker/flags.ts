/**
 * Command line flags by the rules of the docker CLI: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`,
 * short flags joined (`-it`), booleans with an optional `=false`, `--` ends the flags.
 */

export interface FlagDefinition {
  /** `list` may be given several times. */
  readonly kind: 'boolean' | 'string' | 'integer' | 'list';
  /** One letter. */
  readonly short?: string;
  /** Other long names, not shown in the help. */
  readonly aliases?: readonly string[];
  /** What the value is, for the help; the kind if absent. */
  readonly value?: string;
  readonly help: string;
  /** A boolean that is true unless it is given as false. */
  readonly isDefault?: true;
}

/** Flags by their long names. */
export type FlagTable = Readonly<Record<string, FlagDefinition>>;

type FlagValue<Kind> = Kind extends 'boolean'
  ? boolean
  : Kind extends 'list'
    ? string[]
    : (Kind extends 'integer' ? number : string) | undefined;

/** The values of all flags of a table; what was not given is false, empty or undefined. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: FlagValue<Table[Name]['kind']>;
};

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Values = Record<string, boolean | number | string | undefined | string[]>;

/** Words that the docker CLI takes for booleans (Go's strconv.ParseBool). */
const TRUE_WORDS = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE_WORDS = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/**
 * Separates flags from arguments. With `stopsAtArgument`, everything from the first argument on is left alone, as for
 * the command of `run`. Throws UsageError.
 */
export function parseFlags<Table extends FlagTable>(
  table: Table,
  words: readonly string[],
  stopsAtArgument = false,
): { flags: FlagValues<Table>; args: string[] } {
  const values = defaultValues(table);
  const args: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest);
      break;
    }
    if (word.startsWith('--')) parseLong(table, values, word, rest);
    else if (word.startsWith('-') && word !== '-') parseShort(table, values, word, rest);
    else {
      args.push(word);
      if (stopsAtArgument) {
        args.push(...rest);
        break;
      }
    }
  }
  return { flags: values as FlagValues<Table>, args };
}

function defaultValues(table: FlagTable): Values {
  const values: Values = {};
  for (const [name, { kind, isDefault }] of Object.entries(table)) {
    if (kind === 'boolean') values[name] = isDefault ?? false;
    else values[name] = kind === 'list' ? [] : undefined;
  }
  return values;
}

function parseLong(table: FlagTable, values: Values, word: string, rest: string[]): void {
  const equals = word.indexOf('=');
  const given = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const found = Object.entries(table).find(([name, flag]) => name === given || flag.aliases?.includes(given));
  if (found === undefined) throw new UsageError(`unknown flag: --${given}`);
  const [name, flag] = found;
  if (equals >= 0) setValue(values, name, flag, word.slice(equals + 1));
  else if (flag.kind === 'boolean') values[name] = true;
  else setValue(values, name, flag, nextValue(rest, `--${given}`));
}

/** One or more letters; the first one that takes a value takes the rest of the word, or the next word. */
function parseShort(table: FlagTable, values: Values, word: string, rest: string[]): void {
  for (let index = 1; index < word.length; index++) {
    const letter = word[index] ?? '';
    const found = Object.entries(table).find(([, flag]) => flag.short === letter);
    if (found === undefined) throw new UsageError(`unknown shorthand flag: '${letter}' in ${word}`);
    const [name, flag] = found;
    const behind = word.slice(index + 1);
    if (flag.kind === 'boolean' && !behind.startsWith('=')) {
      values[name] = true;
      continue;
    }
    const value = behind === '' ? nextValue(rest, `'${letter}' in ${word}`) : behind.replace(/^=/, '');
    setValue(values, name, flag, value);
    return;
  }
}

function nextValue(rest: string[], flag: string): string {
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`flag needs an argument: ${flag}`);
  return value;
}

function setValue(values: Values, name: string, flag: FlagDefinition, text: string): void {
  const invalid = (expected: string) => {
    const shown = flag.short === undefined ? `--${name}` : `-${flag.short}, --${name}`;
    return new UsageError(`invalid argument "${text}" for "${shown}" flag: expected ${expected}`);
  };
  if (flag.kind === 'list') (values[name] as string[]).push(text);
  else if (flag.kind === 'string') values[name] = text;
  else if (flag.kind === 'integer') {
    if (!/^[+-]?\d{1,15}$/.test(text)) throw invalid('a whole number');
    values[name] = Number(text);
  } else if (TRUE_WORDS.includes(text)) values[name] = true;
  else if (FALSE_WORDS.includes(text)) values[name] = false;
  else throw invalid('true or false');
}
