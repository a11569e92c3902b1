/** Image archives in both forms, with whatever layers a test needs. */
import { type RawMember, rawTar, sha256 } from './raw-tar.ts';

export interface TestImage {
  /** The uncompressed tars, lowest first. */
  readonly layers: readonly Buffer[];
  /** Such as `name:tag`; undefined for an image without a name. */
  readonly name?: string;
  readonly architecture?: string;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The text of the image's configuration. */
export function imageConfig({ layers, architecture = 'amd64' }: TestImage): string {
  return JSON.stringify({
    architecture,
    os: 'linux',
    created: '2024-01-02T03:04:05Z',
    config: { Cmd: ['/bin/true'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map(() => ({ created_by: 'a test' })),
  });
}

/** The image's id. */
export function imageId(image: TestImage): string {
  return `sha256:${sha256(imageConfig(image))}`;
}

/** As `docker save` wrote it before Docker 25. */
export function dockerArchiveOf(
  image: TestImage,
  compress: (layer: Buffer) => Buffer = (layer) => layer,
): RawMember[] {
  const layers = image.layers.map((layer, index) => ({
    name: `${index}/layer.tar`,
    content: compress(layer),
  }));
  const manifest = [
    { Config: 'config.json', RepoTags: image.name && [image.name], Layers: layers.map(({ name }) => name) },
  ];
  return [
    { name: 'config.json', content: imageConfig(image) },
    ...layers,
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ];
}

/** An OCI layout with an index of images for several platforms behind one name. */
export function ociArchiveOf(name: string, images: readonly TestImage[]): RawMember[] {
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer | string) => {
    const digest = sha256(Buffer.from(content));
    blobs.set(`blobs/sha256/${digest}`, Buffer.from(content));
    return { digest: `sha256:${digest}`, size: Buffer.from(content).length };
  };
  const manifests = images.map((image) => {
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(imageConfig(image)) },
      layers: image.layers.map((layer) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        ...put(layer),
      })),
    };
    const platform = { os: 'linux', architecture: image.architecture ?? 'amd64' };
    return { mediaType: MANIFEST_TYPE, ...put(JSON.stringify(manifest)), platform };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const inner = put(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  const annotations = { 'io.containerd.image.name': name };
  const index = { schemaVersion: 2, mediaType, manifests: [{ mediaType, ...inner, annotations }] };
  return [
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ...[...blobs].map(([path, content]) => ({ name: path, content })),
    { name: 'index.json', content: JSON.stringify(index) },
  ];
}

/** One layer with these members. */
export function layerOf(...members: RawMember[]): Buffer {
  return rawTar(members);
}
