/** The worker that makes a layer of a downloaded blob. */
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { removeFile } from '../../linux/file.ts';
import { O, oNoFollow, read, withFile } from '../../linux/file-descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import { type ExtractedLayer, LayerExtractor } from './extract-layer.ts';

const READ_SIZE = 256 * 1024;
/** Between two messages about the progress. */
const REPORT_MILLISECONDS = 100;

/**
 * Unpacks a blob and removes its file.
 * @param expected the tar's digest counts, whatever the blob's is: it is what the image's configuration names
 * @throws FormatError if it is another, or no layer
 */
export function unpackLayer(
  blob: string,
  directory: string,
  expected: { readonly digest: Digest; readonly diffId: Digest },
  send: (current: number) => void,
): ExtractedLayer {
  const extractor = new LayerExtractor(directory);
  const buffer = new Uint8Array(READ_SIZE);
  let current = 0;
  let reported = Number.NEGATIVE_INFINITY;
  withFile(blob, O.RDONLY | oNoFollow(), (fd) => {
    for (let count = read(fd, buffer); count > 0; count = read(fd, buffer)) {
      extractor.push(buffer.subarray(0, count));
      current += count;
      const now = monotonicMilliseconds();
      if (now - reported < REPORT_MILLISECONDS) continue;
      reported = now;
      send(current);
    }
  });
  const layer = extractor.end();
  if (layer.diffId !== expected.diffId) {
    throw new FormatError(
      `layer ${expected.digest} is ${layer.diffId}, but the image's configuration names ${expected.diffId}`,
    );
  }
  removeFile(blob);
  return layer;
}
