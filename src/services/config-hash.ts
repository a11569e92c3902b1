/** Tells whether a container was made from the definition that the service has now. */
import { sortedJson } from '../config/sorted-json.ts';
import type { CreateContainerRequest } from '../engine/api-types.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { digestHex, digestOf, type NewSha256 } from '../oci/digest.ts';

/**
 * The SHA-256 of a create request, in hexadecimal. The order of keys does not matter.
 * @param needed the hashes of the services whose volumes or namespaces it has, and the files that are written into it: they are part of
 *   what it is
 */
export function configHash(
  request: CreateContainerRequest,
  needed: readonly string[],
  newSha256: NewSha256,
): string {
  const definition = needed.length === 0 ? request : [request, ...needed];
  return digestHex(digestOf(encodeUtf8(sortedJson(definition)), newSha256));
}
