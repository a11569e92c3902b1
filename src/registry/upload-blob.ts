/** Bringing blobs and manifests to a registry (distribution-spec, "Pushing"). */
import type { ByteSource } from '../http/client.ts';
import { close, O, open, read } from '../linux/file-descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobDescriptor } from './download-blob.ts';
import { RegistryError } from './registry-error.ts';
import { locationOf, type Repository } from './repository.ts';
import { retrying } from './retry.ts';
import { withParameters } from './url.ts';

const READ_SIZE = 64 * 1024;

/** Whether the repository has a blob. */
export async function hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
  try {
    (await retrying(() => repository.request('HEAD', repository.url(`blobs/${digest}`)))).close();
    return true;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return false;
    throw error;
  }
}

/** Takes a blob over from another repository of the same registry. False if the registry does not do that. */
export async function mountBlob(repository: Repository, digest: Digest, from: string): Promise<boolean> {
  const url = withParameters(repository.url('blobs/uploads/'), { mount: digest, from });
  try {
    const response = await repository.request('POST', url);
    response.close();
    if (response.status === 201) return true;
    // It has begun an upload instead, which nobody needs.
    (await repository.request('DELETE', locationOf(response))).close();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
  }
  return false;
}

/** Uploads a small blob. */
export async function uploadBytes(repository: Repository, digest: Digest, bytes: Uint8Array): Promise<void> {
  await retrying(() => upload(repository, digest, () => ({ source: singlePiece(bytes), close: () => {} })));
}

/**
 * Uploads a blob from a file; after a failure from the beginning.
 * @param onProgress is told how many bytes have been taken
 */
export async function uploadFile(
  repository: Repository,
  { digest }: BlobDescriptor,
  path: string,
  report: { progress(current: number): void; waiting(seconds: number): void },
): Promise<void> {
  await retrying(
    () =>
      upload(repository, digest, () => {
        const fd = open(path, O.RDONLY);
        return { source: fileSource(fd, report.progress), close: () => close(fd) };
      }),
    report.waiting,
  );
}

async function upload(
  repository: Repository,
  digest: Digest,
  openSource: () => { source: ByteSource; close: () => void },
): Promise<void> {
  const begun = await repository.request('POST', repository.url('blobs/uploads/'));
  begun.close();
  const { source, close: closeSource } = openSource();
  try {
    const headers = { 'Content-Type': 'application/octet-stream' };
    const sent = await repository.request('PATCH', locationOf(begun), { headers, body: source });
    sent.close();
    (await repository.request('PUT', withParameters(locationOf(sent), { digest }))).close();
  } finally {
    closeSource();
  }
}

function singlePiece(bytes: Uint8Array): ByteSource {
  let rest: Uint8Array | null = bytes;
  return {
    read: async () => {
      const piece = rest;
      rest = null;
      return piece;
    },
  };
}

function fileSource(fd: number, onProgress: (current: number) => void): ByteSource {
  let current = 0;
  return {
    read: async () => {
      const buffer = new Uint8Array(READ_SIZE);
      const count = read(fd, buffer);
      current += count;
      onProgress(current);
      return count === 0 ? null : buffer.subarray(0, count);
    },
  };
}

/** Gives a manifest a tag. */
export async function putManifest(
  repository: Repository,
  tag: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
): Promise<void> {
  const headers = { 'Content-Type': manifest.mediaType };
  const put = () =>
    repository.request('PUT', repository.url(`manifests/${tag}`), { headers, body: manifest.bytes });
  (await retrying(put)).close();
}
