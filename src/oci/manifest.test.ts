import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkOciLayout,
  isIndexType,
  layerCompression,
  MEDIA_TYPES,
  parseArchiveManifest,
  parseManifestDocument,
  pickPlatform,
} from './manifest.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as const;
const HOST = { os: 'linux', architecture: 'amd64' } as const;

const MANIFEST = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.dockerManifest,
  config: { mediaType: MEDIA_TYPES.dockerConfig, digest: digest('c'), size: 960 },
  layers: [{ mediaType: MEDIA_TYPES.dockerLayerGzip, digest: digest('1'), size: 100 }],
};

test('what docker save writes is parsed', () => {
  const [glibc, latest] = parseArchiveManifest(read('docker-save-manifest.json'));
  assert.deepEqual(glibc?.RepoTags, ['busybox:glibc']);
  assert.match(latest?.Layers?.[0] ?? '', /^blobs\/sha256\/a330f38e/);
  const document = parseManifestDocument(read('docker-save-index.json'));
  assert.equal(document.kind, 'index');
  checkOciLayout('{"imageLayoutVersion": "1.0.0"}');
  assert.throws(
    () => checkOciLayout('{"imageLayoutVersion": "2"}'),
    /oci-layout: imageLayoutVersion: expected "1.0.0"/,
  );
});

test('manifests and indexes are told apart', () => {
  const document = parseManifestDocument(JSON.stringify(MANIFEST));
  assert.deepEqual(document, { kind: 'manifest', manifest: MANIFEST });
  const { mediaType: _, ...untyped } = MANIFEST;
  assert.equal(parseManifestDocument(JSON.stringify(untyped)).kind, 'manifest');
  assert.equal(parseManifestDocument(JSON.stringify({ schemaVersion: 2, manifests: [] })).kind, 'index');
  assert.ok(isIndexType(MEDIA_TYPES.dockerIndex) && isIndexType(MEDIA_TYPES.ociIndex));
});

test('wrong manifests are refused', () => {
  const refuse = (value: object, message: RegExp) =>
    assert.throws(() => parseManifestDocument(JSON.stringify(value)), message);
  refuse({ schemaVersion: 1 }, /schema version 1 is not supported/);
  refuse({ ...MANIFEST, mediaType: 'text/html' }, /media type text\/html is not supported/);
  refuse({ ...MANIFEST, config: undefined }, /image manifest: config: expected "config"/);
  refuse(
    { ...MANIFEST, layers: [{ ...MANIFEST.layers[0], size: -1 }] },
    /layers\.0\.size: expected a size that is not/,
  );
  assert.throws(() => parseArchiveManifest('{}'), /^FormatError: manifest\.json: expected Array, got Object/);
});

test('the manifest for the host is picked, never an attestation', () => {
  const entry = (digit: string, os: string, architecture: string) => ({
    mediaType: MEDIA_TYPES.ociManifest,
    digest: digest(digit),
    size: 1,
    platform: { os, architecture },
  });
  const attestation = entry('0', 'unknown', 'unknown');
  const manifests = [attestation, entry('1', 'linux', 'arm64'), entry('2', 'linux', 'amd64')];
  assert.equal(pickPlatform({ schemaVersion: 2, manifests }, HOST).digest, digest('2'));
  const bare = { mediaType: MEDIA_TYPES.ociManifest, digest: digest('3'), size: 1 };
  assert.equal(pickPlatform({ schemaVersion: 2, manifests: [attestation, bare] }, HOST).digest, digest('3'));
  assert.throws(
    () => pickPlatform({ schemaVersion: 2, manifests: [attestation, entry('1', 'linux', 'arm64')] }, HOST),
    {
      message: 'no matching manifest for linux/amd64 in the manifest list entries (linux/arm64)',
    },
  );
});

test('the compression of layers is known from their media type', () => {
  assert.equal(layerCompression(MEDIA_TYPES.dockerLayerGzip), 'gzip');
  assert.equal(layerCompression(MEDIA_TYPES.ociLayerZstd), 'zstd');
  assert.equal(layerCompression(MEDIA_TYPES.ociLayer), 'none');
  assert.throws(
    () => layerCompression('application/vnd.in-toto+json'),
    /layers of media type .* are not supported/,
  );
});
