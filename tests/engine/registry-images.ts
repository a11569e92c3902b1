import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { imageConfig, type TestImage } from './image-archives.ts';

/** What a registry needs to have to give an image. */
export interface RegistryImage {
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifest: Buffer;
  readonly mediaType: string;
  /** Of the manifest. */
  readonly digest: string;
}

export const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const GZIP_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export const digestOf = (content: Buffer): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** An image as a registry has it. `compress` makes a blob of a layer, whose media type is `layerType`. */
export function registryImage(
  image: TestImage,
  {
    compress = gzipSync,
    layerType = GZIP_LAYER,
  }: { compress?: (layer: Buffer) => Buffer; layerType?: string } = {},
): RegistryImage {
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer, mediaType: string) => {
    const digest = digestOf(content);
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: put(Buffer.from(imageConfig(image)), CONFIG),
      layers: image.layers.map((layer) => put(compress(layer), layerType)),
    }),
  );
  return { blobs, manifest, mediaType: MANIFEST, digest: digestOf(manifest) };
}

/** An index of images by `os/architecture`. */
export function indexOf(
  entries: readonly (readonly [platform: string, image: RegistryImage])[],
): RegistryImage {
  const manifests = entries.map(([platform, { manifest, mediaType, digest }]) => {
    const [os, architecture] = platform.split('/');
    return { mediaType, digest, size: manifest.length, platform: { os, architecture } };
  });
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  const blobs = new Map(entries.flatMap(([, image]) => [...image.blobs]));
  return { blobs, manifest, mediaType: INDEX, digest: digestOf(manifest) };
}

/** Puts an image into a registry by the requests that every client makes. */
export async function upload(
  registry: string,
  repository: string,
  tag: string,
  { blobs, manifest, mediaType }: RegistryImage,
): Promise<void> {
  const base = `http://${registry}/v2/${repository}`;
  const check = (response: Response) => {
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return response;
  };
  for (const [digest, content] of blobs) {
    const begun = check(await fetch(`${base}/blobs/uploads/`, { method: 'POST' }));
    const location = new URL(begun.headers.get('location') ?? '', base);
    location.searchParams.set('digest', digest);
    const headers = { 'Content-Type': 'application/octet-stream' };
    check(await fetch(location, { method: 'PUT', headers, body: new Uint8Array(content) }));
  }
  const headers = { 'Content-Type': mediaType };
  check(await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers, body: new Uint8Array(manifest) }));
}
