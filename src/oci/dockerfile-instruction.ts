/**
 * The instructions of a Dockerfile with their arguments understood; variables are not replaced yet. Error texts are
 * those of BuildKit's parser, which Docker's classic builder uses too.
 */
import type { Healthcheck } from './container-config.ts';
import { DockerfileError } from './dockerfile-error.ts';
import { parseHealthcheck } from './dockerfile-healthcheck.ts';
import type { DockerfileLine, EscapeCharacter, HereDocument } from './dockerfile-lines.ts';
import { splitWords } from './dockerfile-words.ts';

/** Arguments in JSON are run as they are, others by a shell. */
export interface CommandForm {
  readonly words: readonly string[];
  readonly isShell: boolean;
}

/** Names with values, in the order of the file. */
export type Pairs = readonly (readonly [name: string, value: string])[];

export interface Copy {
  readonly sources: readonly string[];
  readonly target: string;
  readonly documents: readonly HereDocument[];
  /** Empty where the flag is not given. */
  readonly chown: string;
  readonly chmod: string;
}

/** Instructions by name, with what each says. */
interface Instructions {
  from: { readonly image: string; readonly stage: string; readonly platform: string };
  arg: { readonly variables: readonly (readonly [name: string, value: string | undefined])[] };
  env: { readonly variables: Pairs };
  label: { readonly labels: Pairs; readonly isLiteral?: boolean };
  run: CommandForm & { readonly documents: readonly HereDocument[] };
  cmd: CommandForm;
  entrypoint: CommandForm;
  copy: Copy & { readonly from: string };
  add: Copy;
  workdir: { readonly path: string };
  user: { readonly user: string };
  expose: { readonly ports: readonly string[] };
  volume: { readonly paths: readonly string[] };
  stopsignal: { readonly signal: string };
  shell: { readonly words: readonly string[] };
  onbuild: { readonly trigger: string };
  maintainer: { readonly author: string };
  healthcheck: { readonly healthcheck: Healthcheck };
}

export type InstructionName = keyof Instructions;
/** `text` is the instruction as Docker prints it. */
export type Instruction<Name extends InstructionName = InstructionName> = {
  [Key in Name]: { readonly is: Key; readonly text: string } & Instructions[Key];
}[Name];

/** What of a line the parsers of the single instructions get. */
interface Arguments {
  readonly name: string;
  /** Without flags. */
  readonly text: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly documents: readonly HereDocument[];
  readonly escaper: EscapeCharacter;
}

const FLAGS: Partial<Record<InstructionName, readonly string[]>> = {
  from: ['platform'],
  copy: ['from', 'chown', 'chmod'],
  add: ['chown', 'chmod'],
  healthcheck: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
};
/** Known, but to BuildKit only. */
const BUILDKIT_FLAGS = /^(?:mount|network|security|link|parents|exclude|checksum|keep-git-dir|unpack)$/;
const STAGE_NAME = /^[a-z][a-z0-9_.-]*$/;

type Parsers = { [Name in InstructionName]: (args: Arguments) => Instructions[Name] };

const parsers: Parsers = {
  from: parseFrom,
  arg: (args) => ({ variables: parseArguments(args) }),
  env: (args) => ({ variables: parsePairs(args) }),
  label: (args) => ({ labels: parsePairs(args) }),
  run: (args) => ({ ...parseCommand(args), documents: args.documents }),
  cmd: parseCommand,
  entrypoint: parseCommand,
  copy: (args) => ({ ...parseCopy(args), from: args.flags.get('from') ?? '' }),
  add: parseCopy,
  workdir: (args) => ({ path: parseOne(args) }),
  user: (args) => ({ user: parseOne(args) }),
  expose: (args) => ({ ports: atLeastOne(args, blankSeparated(args.text)) }),
  volume: parseVolume,
  stopsignal: (args) => ({ signal: parseOne(args) }),
  shell: parseShell,
  onbuild: parseTrigger,
  maintainer: (args) => ({ author: parseOne(args) }),
  healthcheck: (args) => ({
    healthcheck: parseHealthcheck(args.text, args.flags, (text) => parseCommand({ ...args, text })),
  }),
};

/** Throws DockerfileError without the line's number. */
export function parseInstruction(
  { text: line, documents }: Pick<DockerfileLine, 'text' | 'documents'>,
  escaper: EscapeCharacter,
): Instruction {
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
  const key = name.toLowerCase();
  if (!isInstructionName(key)) throw new DockerfileError(`unknown instruction: ${name}`);
  const { flags, text } = takeFlags(key, rest);
  const args = { name: key.toUpperCase(), text, flags, documents, escaper };
  const parsed: Instructions[InstructionName] = parsers[key](args);
  return { is: key, text: `${key.toUpperCase()} ${rest}`.trim(), ...parsed } as Instruction;
}

function isInstructionName(text: string): text is InstructionName {
  return Object.hasOwn(parsers, text);
}

/** Takes flags, `--name=value`, from the beginning. */
function takeFlags(name: InstructionName, rest: string) {
  const flags = new Map<string, string>();
  let text = rest;
  for (let match = nextFlag(text); match !== null; match = nextFlag(text)) {
    const [whole, flag = '', value] = match;
    text = text.slice(whole.length);
    if (flag === '') break;
    if (name !== 'onbuild' && BUILDKIT_FLAGS.test(flag)) throw buildkitOnly(flag);
    if (FLAGS[name] === undefined || !FLAGS[name].includes(flag)) {
      throw new DockerfileError(`unknown flag: --${flag}`);
    }
    if (value === undefined) throw new DockerfileError(`missing a value on flag: ${flag}`);
    if (flags.has(flag)) throw new DockerfileError(`flag ${flag} specified more than once`);
    flags.set(flag, value);
  }
  return { flags, text };
}

function nextFlag(text: string): RegExpExecArray | null {
  return /^--([a-zA-Z-]*)(?:=(\S*))?(?:\s+|$)/.exec(text);
}

function buildkitOnly(flag: string): DockerfileError {
  return new DockerfileError(
    `the --${flag} option requires BuildKit, which this engine does not have: it builds with the classic builder only`,
  );
}

function parseFrom({ text, flags }: Arguments): Instructions['from'] {
  const [image = '', as, stage = '', ...more] = blankSeparated(text);
  const isValid = image !== '' && (as === undefined || (as.toLowerCase() === 'as' && stage !== ''));
  if (!isValid || more.length > 0) {
    throw new DockerfileError('FROM requires either one or three arguments');
  }
  if (as !== undefined && !STAGE_NAME.test(stage.toLowerCase())) {
    throw new DockerfileError(
      `invalid name for build stage: "${stage}", name can't start with a number or contain symbols`,
    );
  }
  return { image, stage: stage.toLowerCase(), platform: flags.get('platform') ?? '' };
}

function parseArguments(args: Arguments): Instructions['arg']['variables'] {
  return atLeastOne(args, splitWords(args.text, args.escaper)).map((word) => {
    const [name, value] = splitPair(word);
    if (name === '') throw new DockerfileError('ARG names can not be blank');
    return [name, value];
  });
}

/** `name=value …`, or the old form `name value`. */
function parsePairs(args: Arguments): Pairs {
  const words = atLeastOne(args, splitWords(args.text, args.escaper));
  if (words[0]?.includes('=') !== true) {
    const [, name = '', value] = /^(\S+)\s+(.+)$/s.exec(args.text) ?? [];
    if (value === undefined) throw new DockerfileError(`${args.name} must have two arguments`);
    return [[name, value]];
  }
  return words.map((word) => {
    const [name, value] = splitPair(word);
    if (value === undefined) {
      throw new DockerfileError(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    }
    if (name === '') throw new DockerfileError(`${args.name} names can not be blank`);
    return [name, value];
  });
}

function splitPair(word: string): [name: string, value: string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function parseCommand({ name, text }: Pick<Arguments, 'name' | 'text'>): CommandForm {
  const words = parseJsonWords(text);
  if (words !== undefined) return { words, isShell: false };
  if (text === '' && name === 'RUN') throw requiresOne(name);
  return { words: text === '' ? [] : [text], isShell: true };
}

function parseCopy(args: Arguments): Copy {
  const { name, text, flags, documents } = args;
  const words = atLeastOne(args, parseJsonWords(text) ?? blankSeparated(text));
  const target = words.at(-1) ?? '';
  if (words.length < 2) {
    throw new DockerfileError(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  }
  const names = new Set(documents.map((document) => document.name));
  const sources = words.slice(0, -1).filter((word) => {
    const [, quoted = ''] = /^\d*<<-?["']?([^"']*)["']?$/.exec(word) ?? [];
    return !names.has(quoted);
  });
  return { sources, target, documents, chown: flags.get('chown') ?? '', chmod: flags.get('chmod') ?? '' };
}

function parseVolume(args: Arguments): Instructions['volume'] {
  const paths = atLeastOne(args, parseJsonWords(args.text) ?? blankSeparated(args.text));
  if (paths.some((path) => path.trim() === '')) {
    throw new DockerfileError('VOLUME specified can not be an empty string');
  }
  return { paths };
}

function parseShell(args: Arguments): Instructions['shell'] {
  if (args.text === '') throw requiresOne(args.name);
  const words = parseJsonWords(args.text);
  if (words === undefined) throw new DockerfileError('SHELL requires the arguments to be in JSON form');
  return { words: atLeastOne(args, words) };
}

function parseTrigger(args: Arguments): Instructions['onbuild'] {
  if (args.text === '') throw requiresOne(args.name);
  const [word = ''] = blankSeparated(args.text);
  const keyword = word.toUpperCase();
  if (keyword === 'ONBUILD') {
    throw new DockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (keyword === 'MAINTAINER' || keyword === 'FROM') {
    throw new DockerfileError(`${keyword} isn't allowed as an ONBUILD trigger`);
  }
  return { trigger: args.text };
}

function parseOne({ name, text }: Arguments): string {
  if (text === '') throw new DockerfileError(`${name} requires exactly one argument`);
  return text;
}

function atLeastOne(args: Arguments, words: readonly string[]): readonly string[] {
  if (words.length === 0) throw requiresOne(args.name);
  return words;
}

function requiresOne(name: string): DockerfileError {
  return new DockerfileError(`${name} requires at least one argument`);
}

function blankSeparated(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The words if the text is a JSON array of strings; undefined if it is not JSON. */
function parseJsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((word) => typeof word === 'string')) {
    throw new DockerfileError('when using JSON array syntax, arrays must be comprised of strings only');
  }
  return value;
}
