/** `ros config set` and `ros config merge`, as changes of a text. */
import { inspectConfig } from './check.ts';
import { ConfigError } from './config-error.ts';
import { setAt } from './merge.ts';
import { holdsText, keyPath } from './schema/path.ts';
import { parseYaml } from './yaml.ts';
import { mergeYaml, setInYaml } from './yaml-edit.ts';
import { lazyLocator } from './yaml-position.ts';

/** A changed text, and what is to be said about it. */
export interface Changed {
  readonly text: string;
  readonly remarks: readonly string[];
}

/**
 * Sets a key.
 * @param written the value as YAML; what is none is text
 * @throws ConfigError if nobody knows the key, if it holds something else, or if the text is wrong elsewhere
 */
export function setKey(text: string, file: string, key: string, written: string): Changed {
  const path = keyPath(key);
  if (path.includes('')) throw new ConfigError(file, `${key}: a key has an empty part`);
  const value = typedValue(path, written);
  const { wrong, unknown, idle } = inspectConfig(setAt({}, path, value), { file });
  const mistake = wrong[0] ?? unknown[0];
  if (mistake !== undefined) throw mistake;
  const changed = setInYaml(text, file, path, value);
  requireUsable(changed, file);
  return { text: changed, remarks: idle.map(({ message }) => message) };
}

/**
 * Merges a document over the text.
 * @throws ConfigError with the first mistake in it; a key that nobody knows is one
 */
export function mergeDocument(
  text: string,
  file: string,
  over: { readonly text: string; readonly file: string },
): Changed {
  const { file: overFile, text: overText } = over;
  const options = { file: overFile, locate: lazyLocator(overText) };
  const { wrong, unknown, idle } = inspectConfig(parseYaml(overText, overFile), options);
  const mistake = wrong[0] ?? unknown[0];
  if (mistake !== undefined) throw mistake;
  const changed = mergeYaml(text, file, over);
  requireUsable(changed, file);
  return { text: changed, remarks: idle.map(({ message }) => message) };
}

function typedValue(path: readonly string[], written: string): unknown {
  const value = yamlOrText(written);
  return typeof value !== 'object' || value === null ? (holdsText(path) ? written : value) : value;
}

function yamlOrText(written: string): unknown {
  try {
    return parseYaml(written, 'the value');
  } catch {
    return written;
  }
}

/** A file with one wrong value would be left out as a whole. */
function requireUsable(text: string, file: string): void {
  const { wrong } = inspectConfig(parseYaml(text, file), { file, locate: lazyLocator(text) });
  if (wrong[0] !== undefined) throw wrong[0];
}
