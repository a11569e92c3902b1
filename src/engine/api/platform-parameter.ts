/** The parameter `platform`, which is JSON for images that are here and text for those that are to be made or fetched. */
import { type Query, queryValue } from '../../http/query.ts';
import {
  checkPlatformRequest,
  hostPlatform,
  parsePlatform,
  type WantedPlatform,
} from '../../oci/platform.ts';
import { invalidParameter } from '../errors.ts';

/** A platform as JSON; undefined if none is given. Throws 400. */
export function imagePlatform(query: Query): WantedPlatform | undefined {
  return imagePlatforms(query, 'platform')[0];
}

/** All platforms of a parameter that may come several times. Throws 400. */
export function imagePlatforms(query: Query, name: string): WantedPlatform[] {
  const texts = (query.get(name) ?? []).filter((text) => text !== '');
  return texts.map((text) => checkPlatformRequest(parsed(text)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const [first = ''] = text.trim();
    const problem =
      first === '{' ? 'not JSON' : `invalid character '${first}' looking for beginning of value`;
    throw invalidParameter(`failed to parse platform: ${problem}`);
  }
}

/** A platform as text such as `linux/arm64`; undefined if none is given. Throws FormatError. */
export function namedPlatform(query: Query): WantedPlatform | undefined {
  const text = queryValue(query, 'platform');
  return text ? parsePlatform(text, hostPlatform(host.architecture)) : undefined;
}
