/** From JSON text to checked values, with errors that name the document and the field. */
import * as v from 'valibot';
import { FormatError } from './errors.ts';

/** An integer that a JavaScript number holds exactly (Go's int64 fields; everything Docker means fits). */
export const integer = v.pipe(v.number(), v.safeInteger('expected a whole number'));

/** A string-to-string map, as labels and driver options are. */
export const stringMap = v.record(v.string(), v.string());

/** The keys of a Go `map[string]struct{}`: `{"80/tcp":{}}`. */
export const keySet = v.record(v.string(), v.object({}));

/**
 * Parses JSON text and checks it against a schema.
 * @param what names the document in the error, such as `image configuration`
 */
export function parseJson<S extends v.GenericSchema>(
  schema: S,
  text: string,
  what: string,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`${what}: not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  return checkValue(schema, value, what);
}

/** Checks a parsed value against a schema; fields that the schema does not know are left out of the result. */
export function checkValue<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const place = path === null ? what : `${what}: ${path}`;
  throw new FormatError(`${place}: ${expectation(issue)}, got ${issue.received}`);
}

/** The schema's own message, or what valibot expected. */
function expectation({ message, expected }: v.BaseIssue<unknown>): string {
  const isOwn = !message.startsWith('Invalid ');
  return isOwn || expected === null ? message : `expected ${expected}`;
}

/** The value without the fields that are null: to Go, as which Docker reads them, these are fields that are not there. */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(fields.map(([key, inner]) => [key, withoutNulls(inner)])) as Value;
}
