import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeUtf8 } from '../../linux/bytes.ts';
import type { Digest, Sha256 } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import { archiveDocuments, type SavedImage } from './archive-documents.ts';

/** What `docker save busybox` of Docker 28.5.2 wrote about two images. */
const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../oci/testdata/${name}`, import.meta.url), 'utf8'));

function savedImage(id: string, layer: string, reference: string): SavedImage {
  return {
    id: `sha256:${id}`,
    config: new Uint8Array(960),
    layers: [{ diffId: `sha256:${layer}`, size: 2232320 }],
    references: [parseReference(reference)],
  };
}

const images = [
  savedImage(
    'e895720f5bd2b5eb75aa86d7cc477db723451fcf3841010e12d52fc8fefb01b0',
    'd1ebc939d3bf183dadabac336eb04ccf34b892a5c2ae862d0ee1fdf1656f0ff9',
    'busybox:glibc',
  ),
  savedImage(
    '268eff67ba0da23ff3d3582036a6da1bc31e7d6d697a3b549a6c453e7c49886a',
    'a330f38e616b023daa8095f4e5d778bb5e3cb05fbcf7394c9f5ef6f929027ff1',
    'busybox:latest',
  ),
];

function newSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
}

const { files, manifests } = archiveDocuments(images, newSha256);
const document = (name: string): unknown => JSON.parse(decodeUtf8(files.get(name) ?? new Uint8Array(0)));

test("the documents are Docker's, down to the digests of the image manifests", () => {
  assert.deepEqual(document('manifest.json'), golden('docker-save-manifest.json'));
  assert.deepEqual(document('index.json'), golden('docker-save-index.json'));
  assert.deepEqual(document('oci-layout'), { imageLayoutVersion: '1.0.0' });
  assert.deepEqual([...files.keys()], ['index.json', 'manifest.json', 'oci-layout', 'repositories']);
});

test('repositories names the uppermost layer of every tag', () => {
  assert.deepEqual(document('repositories'), {
    busybox: {
      glibc: 'd1ebc939d3bf183dadabac336eb04ccf34b892a5c2ae862d0ee1fdf1656f0ff9',
      latest: 'a330f38e616b023daa8095f4e5d778bb5e3cb05fbcf7394c9f5ef6f929027ff1',
    },
  });
});

test('an image that is saved by its id has no name in the archive', () => {
  const [first] = images;
  assert.ok(first);
  const nameless = archiveDocuments([{ ...first, references: [] }], newSha256);
  const index = JSON.parse(decodeUtf8(nameless.files.get('index.json') ?? new Uint8Array(0)));
  const [digest] = manifests.keys();
  assert.deepEqual(index.manifests, [
    { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest as Digest, size: 400 },
  ]);
  const [item] = JSON.parse(decodeUtf8(nameless.files.get('manifest.json') ?? new Uint8Array(0)));
  assert.equal(item.RepoTags, null);
});
