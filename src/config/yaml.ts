/** YAML in and out, by the `yaml` library (YAML 1.2, core schema, with merge keys). */
import { type Document, parse, stringify, YAMLParseError } from 'yaml';
import { errorMessage } from '../linux/error-report.ts';
import { ConfigError } from './config-error.ts';

/** Without pretty errors the parser does not count lines, which saves a third of its time. */
const PARSE_OPTIONS = { prettyErrors: false, merge: true, logLevel: 'error' } as const;

/** As Go's YAML library writes it, which the users of `ros config` know: no folding, lists not indented, no blanks in brackets. */
const STRINGIFY_OPTIONS = { lineWidth: 0, indentSeq: false, flowCollectionPadding: false } as const;

/**
 * The value of one YAML document; null for an empty one.
 * JSON is YAML, and the engine's own JSON parser is 200 times faster: a machine-made file is read by it.
 * @param file names the text in errors
 * @throws ConfigError
 */
export function parseYaml(text: string, file: string): unknown {
  return parseJsonObject(text) ?? parseDocument(text, file);
}

/** The text of a value, with a line break at its end. */
export function formatYaml(value: unknown): string {
  return stringify(value, STRINGIFY_OPTIONS);
}

/** The text of a document, written in the same way. */
export function formatDocument(document: Document): string {
  return document.toString(STRINGIFY_OPTIONS);
}

function parseJsonObject(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a flow mapping of YAML, or a mistake that the YAML parser tells better
  }
}

function parseDocument(text: string, file: string): unknown {
  try {
    return parse(text, PARSE_OPTIONS);
  } catch (error) {
    const [message = ''] = errorMessage(error).split('\n');
    throw new ConfigError(
      file,
      message,
      error instanceof YAMLParseError ? positionAt(text, error.pos[0]) : undefined,
    );
  }
}

/** Line and column, from 1, of an offset in the text. */
function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
