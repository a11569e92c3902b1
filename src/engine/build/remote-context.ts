/** Contexts that the engine fetches itself (`POST /build?remote=`): an archive, or a Dockerfile alone. */
import { concatBytes, decodeUtf8 } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { makeDirectory } from '../../linux/file.ts';
import { type Download, openDownload } from '../../registry/download.ts';
import { parseUrl } from '../../registry/url.ts';
import { EngineError, invalidParameter, notImplemented } from '../errors.ts';
import { detectCompression } from '../images/compression.ts';
import { type BuildContext, checkedContext, receiveContext } from './context.ts';
import { isRepository } from './download-sources.ts';

/** Where a tar says that it is one (POSIX.1, ustar), and what stands there. */
const TAR_MAGIC = { offset: 257, text: 'ustar' } as const;
const TAR_HEADER = 512;

/** Of a Dockerfile that comes without a context; it has to fit into the memory of process 1. */
const MAXIMUM_DOCKERFILE = 1024 * 1024;

/**
 * Fetches a context as {@link receiveContext} receives one.
 * @param onStart gets what gives up the download
 * @throws EngineError 400 for what is no URL, 501 for a repository, 500 if the server does not give it
 */
export async function fetchContext(
  address: string,
  directory: string,
  dockerfile: string,
  onStart: (cancel: () => void) => void,
): Promise<BuildContext> {
  if (address === 'client-session') {
    throw invalidParameter(
      'experimental session with v1 builder is no longer supported, use builder version v2 (BuildKit) instead',
    );
  }
  if (isRepository(address)) {
    throw notImplemented(`fetching ${address} is not supported: this engine has no git, send the files`);
  }
  if (!/^https?:\/\//.test(address)) {
    throw invalidParameter(`remoteURL (${address}) could not be recognized as URL`);
  }
  const download = openDownload(parseUrl(address));
  onStart(() => download.close());
  try {
    const read = () => nextPiece(download, address);
    const beginning = await readBeginning(read);
    if (!isArchive(beginning)) {
      const text = await readText(beginning, read);
      makeDirectory(directory, 0o755);
      return checkedContext(directory, dockerfile, text);
    }
    let first: Uint8Array | undefined = beginning;
    return await receiveContext(directory, dockerfile, async () => {
      const piece = first ?? (await read());
      first = undefined;
      return piece;
    });
  } finally {
    download.close();
  }
}

async function nextPiece(download: Download, address: string): Promise<Uint8Array | null> {
  try {
    return await download.read();
  } catch (error) {
    throw new EngineError(500, `error downloading remote context ${address}: ${errorMessage(error)}`);
  }
}

type Read = () => Promise<Uint8Array | null>;

/** As much as it takes to see what it is, if there is so much. */
async function readBeginning(read: Read): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length < TAR_HEADER) {
    const piece = await read();
    if (piece === null) break;
    bytes = concatBytes([bytes, piece]);
  }
  return bytes;
}

function isArchive(beginning: Uint8Array): boolean {
  const { offset, text } = TAR_MAGIC;
  const isTar = [...text].every((character, index) => beginning[offset + index] === character.charCodeAt(0));
  return isTar || detectCompression(beginning) !== 'none';
}

async function readText(beginning: Uint8Array, read: Read): Promise<string> {
  const pieces = [beginning];
  let length = beginning.length;
  for (let piece = await read(); piece !== null; piece = await read()) {
    length += piece.length;
    if (length > MAXIMUM_DOCKERFILE) throw invalidParameter('the Dockerfile is larger than 1 MiB');
    pieces.push(piece);
  }
  return decodeUtf8(concatBytes(pieces));
}
