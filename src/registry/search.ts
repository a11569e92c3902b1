/** Docker Hub's search, which is not part of the registry protocol. */
import * as v from 'valibot';
import { decodeUtf8 } from '../linux/bytes.ts';
import { integer, parseJson } from '../oci/json.ts';
import { registryError } from './registry-error.ts';
import { openTransport, readBody } from './transport.ts';
import { parseUrl, withParameters } from './url.ts';

const MAXIMUM_ANSWER = 4 * 1024 * 1024;

const answer = v.object({
  results: v.array(
    v.object({
      name: v.string(),
      description: v.nullish(v.string()),
      star_count: v.optional(integer, 0),
      is_official: v.optional(v.boolean(), false),
      is_automated: v.optional(v.boolean(), false),
    }),
  ),
});

export type SearchResult = v.InferOutput<typeof answer>['results'][number];

/** Repositories of Docker Hub that a word fits, at most `limit` (1 to 100). Throws ConnectionError, RegistryError. */
export async function searchHub(term: string, limit: number): Promise<SearchResult[]> {
  const transport = openTransport({ certificates: { authorities: [] }, isInsecure: false });
  const url = withParameters(parseUrl('https://index.docker.io/v1/search'), { q: term, n: String(limit) });
  const response = await transport.send({ method: 'GET', url });
  const body = await readBody(response, MAXIMUM_ANSWER);
  if (response.status >= 400) throw registryError(response.status, response.headers, body);
  return parseJson(answer, decodeUtf8(body), 'search').results;
}
