/** Downloading a file from any server of HTTP or HTTPS. */
import { writeAll } from '../linux/file-descriptor.ts';
import { openTransport } from './transport.ts';
import { formatUrl, type Url } from './url.ts';

export interface DownloadedFile {
  /** Seconds since 1970, if the server says. */
  readonly modified: number | undefined;
}

/**
 * Writes what a URL has to a descriptor.
 * @throws ConnectionError, and an Error for a status of 400 or more
 */
export async function downloadUrl(url: Url, output: number): Promise<DownloadedFile> {
  const transport = openTransport({ certificates: { authorities: [] }, isInsecure: false });
  const response = await transport.send({ method: 'GET', url });
  try {
    const { status, headers } = response;
    if (status !== 200) throw new Error(`failed to GET ${formatUrl(url)} with status ${status}`);
    for (let data = await response.read(); data !== null; data = await response.read())
      writeAll(output, data);
    const time = Date.parse(headers.get('last-modified') ?? '');
    return { modified: Number.isNaN(time) ? undefined : Math.floor(time / 1000) };
  } finally {
    response.close();
  }
}
