/** New layers of the store, made in a directory of the scratch. For workers. */
import { makeDirectories, removeTree, rename } from '../../linux/file.ts';
import { O, oDirectory, withFile } from '../../linux/file-descriptor.ts';
import { call } from '../../linux/syscall.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { LayerExtractor } from './extract-layer.ts';

/** A complete layer that waits to be taken over. */
export interface NewLayer {
  readonly diffId: Digest;
  /** Bytes in all files together. */
  readonly size: number;
}

/**
 * Makes a layer of a tar, in the form that the store takes over, and makes it durable.
 * @param staging a directory of the scratch
 * @param produce writes the tar, which may be compressed
 */
export function makeLayer(staging: string, produce: (write: (bytes: Uint8Array) => void) => void): NewLayer {
  const directory = `${staging}/new-layer`;
  removeTree(directory);
  const extractor = new LayerExtractor(directory);
  produce((bytes) => extractor.push(bytes));
  const { diffId, size } = extractor.end();
  makeDirectories(`${staging}/layers`);
  const target = `${staging}/layers/${digestHex(diffId)}`;
  removeTree(target);
  rename(directory, target);
  withFile(staging, O.RDONLY | oDirectory(), (fd) => call('syncfs', fd));
  return { diffId, size };
}
