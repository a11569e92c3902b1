/** The places that the configuration comes from, and how each is read. */
import { checkConfig, UNKNOWN_KEY } from './check.ts';
import { ConfigError } from './config-error.ts';
import { COMMAND_LINE_FILE, type Setting } from './kernel-command-line.ts';
import { setAt, type YamlMap } from './merge.ts';

/** One part of the configuration, before it is merged with the others. */
export interface Source {
  /** A file, or what else stands for one in messages. */
  readonly name: string;
  readonly values: YamlMap;
  /** Its text, if it has lines. */
  readonly text?: string;
  /** Comes with the OS, and not from those who use it. */
  readonly isDefault?: true;
  /** Not to be shown to anybody who has not asked for it. */
  readonly isSecret?: true;
}

/** A source and what is to be said about it, one line each. */
export interface CheckedSource {
  readonly source: Source;
  readonly messages: readonly string[];
}

/**
 * A word of the kernel command line as a document of its own.
 * @param config what it will be merged over: its path must not lead through something that is no map
 * @throws ConfigError
 */
export function readSetting({ path, value, isSecret }: Setting, config: YamlMap): CheckedSource {
  if (setAt(config, path, value) === undefined) {
    const key = path.join('.');
    throw new ConfigError(COMMAND_LINE_FILE, `${key}: a key above it holds a value that is no map`);
  }
  const checked = checkConfig(setAt({}, path, value) ?? {}, { file: COMMAND_LINE_FILE, isSecret });
  const source: Source = { name: COMMAND_LINE_FILE, values: checked.config };
  return { source: isSecret ? { ...source, isSecret } : source, messages: remarks(checked) };
}

/** What is to be said about a checked part, one line each. */
export function remarks({
  unknown,
  idle,
}: {
  unknown: readonly ConfigError[];
  idle: readonly ConfigError[];
}): string[] {
  return [
    ...unknown.map(({ message }) => message.replace(UNKNOWN_KEY, `${UNKNOWN_KEY}, ignored`)),
    ...idle.map(({ message }) => message),
  ];
}
