/**
 * The certificates for a registry, `/etc/docker/certs.d/<host[:port]>/`: authorities in `*.crt`, and what we show of
 * ourselves in `*.cert` with `*.key` beside it.
 */
import { isErrno } from '../linux/errno.ts';
import { exists, readDirectory, readFile } from '../linux/file.ts';
import { FormatError } from '../oci/errors.ts';

export interface Certificates {
  /** PEM, each of one or more certificates. */
  readonly authorities: readonly Uint8Array[];
  /** PEM. */
  readonly identity?: { readonly certificate: Uint8Array; readonly key: Uint8Array };
}

/** Reads them into memory, since only root may read a key. Throws FormatError for a certificate without its key. */
export function readCertificates(directory: string, host: string): Certificates {
  const folder = `${directory}/${host}`;
  const names = namesIn(folder);
  const authorities = names
    .filter((name) => name.endsWith('.crt'))
    .map((name) => readFile(`${folder}/${name}`));
  const [certificate] = names.filter((name) => name.endsWith('.cert'));
  if (certificate === undefined) return { authorities };
  const key = certificate.replace(/cert$/, 'key');
  if (!exists(`${folder}/${key}`)) {
    throw new FormatError(
      `missing key ${key} for client certificate ${certificate}. CA certificates must use the extension .crt`,
    );
  }
  const identity = { certificate: readFile(`${folder}/${certificate}`), key: readFile(`${folder}/${key}`) };
  return { authorities, identity };
}

function namesIn(folder: string): string[] {
  try {
    return readDirectory(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
