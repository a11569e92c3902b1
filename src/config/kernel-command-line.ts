/**
 * The kernel command line as configuration: the word `rancher.a.b=value` sets the key `rancher.a.b`, the word `cc.a=value`
 * the key `a`. Quotes and brackets protect blanks, values are typed as in YAML, without `=` the value is true.
 */
import { parseValue, readProtected, unescapeQuotes } from './command-line-value.ts';
import { ConfigError } from './config-error.ts';

/** The name that messages about the command line begin with. */
export const COMMAND_LINE_FILE = '/proc/cmdline';

/** One key that a word sets. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The word stood behind ` -- `: its value is not to be shown to anybody. */
  readonly isSecret: boolean;
}

export interface KernelCommandLine {
  /** In their order; a later one wins. */
  readonly settings: readonly Setting[];
  /** `rancher.password=`, the password of the user rancher. Text, whatever it looks like. */
  readonly password: string | undefined;
  /** `rancher.autologin=`: terminals that log in by themselves, such as `ttyS0`. */
  readonly autologin: readonly string[];
  /** `console=`: terminals that the kernel writes to, without their speed. */
  readonly consoles: readonly string[];
  readonly debug: boolean;
  readonly recovery: boolean;
  /** Words that could not be read. */
  readonly errors: readonly ConfigError[];
}

interface Word {
  readonly name: string;
  /** Undefined without `=`. */
  readonly text: string | undefined;
  readonly isSecret: boolean;
}

/** Reads the text of /proc/cmdline. Words of other programs are left alone. */
export function parseKernelCommandLine(line: string): KernelCommandLine {
  const words = splitWords(line);
  const named = (name: string) => words.filter((word) => word.name === name);
  const errors: ConfigError[] = [];
  const settings = words.flatMap((word) => {
    const setting = settingOf(word);
    if (setting instanceof ConfigError) errors.push(setting);
    return setting === undefined || setting instanceof ConfigError ? [] : [setting];
  });
  const isSet = (key: string) =>
    settings.findLast(({ path }) => path.join('.') === `rancher.${key}`)?.value === true;
  return {
    settings,
    password: named('rancher.password').map(unquoted).at(-1),
    autologin: named('rancher.autologin').map(unquoted).filter(Boolean),
    consoles: named('console').map((word) => unquoted(word).replace(/,.*/s, '')),
    debug: isSet('debug'),
    recovery: isSet('recovery'),
    errors,
  };
}

/** Without the words that `rancher.disable` names. */
export function withoutDisabled(
  commandLine: KernelCommandLine,
  disabled: readonly string[],
): KernelCommandLine {
  return {
    ...commandLine,
    password: disabled.includes('password') ? undefined : commandLine.password,
    autologin: disabled.includes('autologin') ? [] : commandLine.autologin,
  };
}

/** These are about this boot and its people; they are no keys of the configuration. */
const NO_SETTINGS: readonly string[] = ['rancher.password', 'rancher.autologin'];

function settingOf(word: Word): Setting | ConfigError | undefined {
  const { name, text, isSecret } = word;
  if (!/^(?:rancher|cc)\./.test(name) || NO_SETTINGS.includes(name)) return undefined;
  const path = name.replace(/^cc\./, '').split('.');
  if (path.includes('')) {
    return new ConfigError(COMMAND_LINE_FILE, `${name}: a key has an empty part`);
  }
  const value = text === undefined ? true : parseValue(text);
  if (value !== undefined) return { path, value, isSecret };
  const opening = text?.[0] === '[' ? 'the bracket [' : `the quote ${text?.[0]}`;
  return new ConfigError(COMMAND_LINE_FILE, `${name}: ${opening} is never closed`);
}

/** The text of a word that is no YAML. */
function unquoted({ text = '' }: Word): string {
  const quoted = text.startsWith('[') ? undefined : readProtected(text, 0);
  return quoted?.end === text.length ? String(quoted.value) : unescapeQuotes(text);
}

function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let isSecret = false;
  for (let at = 0; at < line.length; ) {
    if (/\s/.test(line[at] ?? '')) {
      at++;
      continue;
    }
    const end = endOfWord(line, at);
    const text = line.slice(at, end);
    at = end;
    if (text === '--') isSecret = true;
    else words.push(parseWord(text, isSecret));
  }
  return words;
}

/** Blanks are part of a word in a list or in quotes, if these begin the word or its value and have an end. */
function endOfWord(line: string, start: number): number {
  const value = start + (/^[^\s='"]*=?/.exec(line.slice(start))?.[0].length ?? 0);
  const from = readProtected(line, value)?.end ?? value;
  const blank = line.slice(from).search(/\s/);
  return blank < 0 ? line.length : from + blank;
}

function parseWord(word: string, isSecret: boolean): Word {
  // GRUB puts a word with blanks into quotes as a whole, and a backslash before the quotes in it.
  const whole = /^["']/.test(word) ? readProtected(word, 0) : undefined;
  const text = whole?.end === word.length ? String(whole.value) : word;
  const equals = text.indexOf('=');
  return equals < 0
    ? { name: text, text: undefined, isSecret }
    : { name: text.slice(0, equals), text: text.slice(equals + 1), isSecret };
}
