/** Query strings, as the Docker API uses them. */
import { HttpError } from './message.ts';

/** The values of every parameter, in the order in which they came. */
export type Query = ReadonlyMap<string, readonly string[]>;

const FALSE_VALUES: readonly string[] = ['', '0', 'no', 'false', 'none'];

/** Decodes a query string (without its question mark). Throws HttpError 400 for a bad percent-encoding. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeComponent(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodeComponent(pair.slice(equals + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

function decodeComponent(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Decodes `%xx`. Throws HttpError 400; also for a NUL, at which paths and names of the kernel end. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  let decoded = '\0';
  try {
    decoded = decodeURIComponent(text);
  } catch {
    // Told below.
  }
  if (decoded.includes('\0')) throw new HttpError(400, `invalid percent-encoding in "${text}"`);
  return decoded;
}

/** The first value of a parameter. */
export function queryValue(query: Query, name: string): string | undefined {
  return query.get(name)?.[0];
}

/** A parameter as a Docker boolean: anything is true except an empty value, `0`, `no`, `false` and `none`. */
export function queryFlag(query: Query, name: string, fallback = false): boolean {
  const value = queryValue(query, name);
  return value === undefined ? fallback : !FALSE_VALUES.includes(value.trim().toLowerCase());
}

/** A parameter as a whole number. Throws HttpError 400 if it is none; an absent or empty one is undefined. */
export function queryInteger(query: Query, name: string): number | undefined {
  const value = queryValue(query, name);
  if (value === undefined || value === '') return undefined;
  if (!/^-?\d{1,15}$/.test(value))
    throw new HttpError(400, `invalid value "${value}" for ${name}: not a number`);
  return Number(value);
}

/** What a client may ask for. Undefined, false and empty parameters are left out; true is `1`. */
export type QueryInput = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Encodes parameters, with the question mark if there are any. */
export function encodeQuery(input: QueryInput): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || value === false || value === '') continue;
    const values = typeof value === 'object' ? value : [value === true ? '1' : String(value)];
    for (const item of values) pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(item)}`);
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
