import { withTimeout } from '../../linux/event-loop.ts';
import { openTransport, readBody } from '../../registry/transport.ts';
import { formatUrl, parseUrl } from '../../registry/url.ts';
import type { Get } from './service.ts';

/** RancherOS's, in milliseconds. */
const TIMEOUT = 10_000;
const LARGEST = 8 * 1024 * 1024;

/** Fetching by HTTP and HTTPS, each time within ten seconds. */
export function httpGet(): Get {
  const transport = openTransport({ certificates: { authorities: [] }, isInsecure: false });
  return async (text, { method = 'GET', headers = {} } = {}) => {
    const url = parseUrl(text);
    const late = new Error(`${method} ${formatUrl(url)}: no answer within ${TIMEOUT / 1000} s`);
    const fetching = async () => {
      const response = await transport.send({ method, url, headers });
      if (response.status < 300) return readBody(response, LARGEST);
      response.close();
      if (response.status >= 400 && response.status < 500) return undefined;
      throw new Error(`${method} ${formatUrl(url)}: status ${response.status}`);
    };
    return await withTimeout(fetching(), TIMEOUT, late);
  };
}
