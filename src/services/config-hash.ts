/** Tells whether a container was made from the definition that the service has now. */
import type { CreateContainerRequest } from '../engine/api-types.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { digestHex, digestOf, type NewSha256 } from '../oci/digest.ts';

/** The SHA-256 of a create request, in hexadecimal. The order of keys does not matter. */
export function configHash(request: CreateContainerRequest, newSha256: NewSha256): string {
  return digestHex(digestOf(encodeUtf8(JSON.stringify(request, sortKeys)), newSha256));
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
