/** The worker that makes a blob of a layer, for a registry. */
import { rename } from '../../linux/file.ts';
import { O, read, withFile } from '../../linux/file-descriptor.ts';
import { type Digest, digestHex, formatDigest } from '../../oci/digest.ts';
import type { BlobDescriptor } from '../../registry/download-blob.ts';
import { GzipWriter } from './gzip-file.ts';
import { layerTar } from './restore-layer.ts';

const READ_SIZE = 256 * 1024;

/**
 * Packs a layer into a file that is named by the digits of the blob's digest.
 * @param layer the layer's directory in the store
 * @param target the directory for the file
 * @throws FormatError if the layer is damaged
 */
export function packLayer(layer: string, diffId: Digest, target: string): BlobDescriptor {
  const unfinished = `${target}/${digestHex(diffId)}.part`;
  const writer = new GzipWriter(unfinished);
  for (const piece of layerTar(layer, diffId)) writer.write(piece);
  writer.end();
  const blob = describeFile(unfinished);
  rename(unfinished, `${target}/${digestHex(blob.digest)}`);
  return blob;
}

function describeFile(path: string): BlobDescriptor {
  const hash = host.sha256();
  const buffer = new Uint8Array(READ_SIZE);
  let size = 0;
  withFile(path, O.RDONLY, (fd) => {
    for (let count = read(fd, buffer); count > 0; count = read(fd, buffer)) {
      hash.update(buffer.subarray(0, count));
      size += count;
    }
  });
  return { digest: formatDigest(hash.digest()), size };
}
