/** The tags of a repository, page by page (distribution-spec, "Listing Tags"). */
import * as v from 'valibot';
import { decodeUtf8 } from '../linux/bytes.ts';
import { parseJson } from '../oci/json.ts';
import type { Repository } from './repository.ts';
import { readBody } from './transport.ts';
import { parseUrl } from './url.ts';

const MAXIMUM_PAGE = 4 * 1024 * 1024;
const MAXIMUM_PAGES = 100;

const page = v.object({ tags: v.nullish(v.array(v.string())) });

/** All tags in the registry's order. */
export async function listTags(repository: Repository): Promise<string[]> {
  const tags: string[] = [];
  let url = repository.url('tags/list');
  for (let count = 0; count < MAXIMUM_PAGES; count++) {
    const response = await repository.request('GET', url);
    const text = decodeUtf8(await readBody(response, MAXIMUM_PAGE));
    tags.push(...(parseJson(page, text, 'list of tags').tags ?? []));
    const [, next] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '') ?? [];
    if (next === undefined) break;
    url = parseUrl(next, response.url);
  }
  return tags;
}
