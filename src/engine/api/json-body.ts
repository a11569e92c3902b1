/** Request bodies that are JSON. */
import type { HttpRequest } from '../../http/request.ts';
import { decodeUtf8 } from '../../linux/bytes.ts';
import { invalidParameter } from '../errors.ts';

const LIMIT = 4 * 1024 * 1024;

/** Whether a request has a body, for endpoints where it may be missing. */
export function hasBody({ headers }: HttpRequest): boolean {
  const length = headers.get('content-length');
  return length !== '0' && (length ?? headers.get('transfer-encoding')) !== undefined;
}

/** The parsed body, always an object. Throws 400 in Docker's words if it is something else. */
export async function readJsonBody(request: HttpRequest): Promise<Record<string, unknown>> {
  const type = request.headers.get('content-type') ?? '';
  const text = decodeUtf8(await request.readAll(LIMIT)).trim();
  if (text !== '' && type !== '' && !/^application\/json\b/i.test(type)) {
    throw invalidParameter(`unsupported Content-Type header (${type}): must be 'application/json'`);
  }
  if (text === '') throw invalidParameter('invalid JSON: got EOF while reading request body');
  // Paths, names and arguments of the kernel end at one, and everything here becomes one of these sooner or later.
  if (text.replaceAll('\\\\', '').includes('\\u0000')) {
    throw invalidParameter('invalid JSON: a NUL character in a string');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidParameter(`invalid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('invalid JSON: the request body is not an object');
  }
  return value as Record<string, unknown>;
}
