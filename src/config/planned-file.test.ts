import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { planFiles } from './planned-file.ts';

type Entries = Parameters<typeof planFiles>[0];
const plan = (entries: Entries) => planFiles(entries, 'console', gunzipSync);
const contents = (entries: Entries) =>
  plan(entries).files.map(({ content }) => new TextDecoder().decode(content));

test('contents in every encoding', () => {
  const zipped = gzipSync('text').toString('base64');
  const base64 = Buffer.from('text').toString('base64');
  for (const encoding of ['b64', 'base64'] as const)
    assert.deepEqual(contents([{ path: '/a', encoding, content: base64 }]), ['text']);
  for (const encoding of ['gz+b64', 'gz+base64', 'gzip+b64', 'gzip+base64'] as const)
    assert.deepEqual(contents([{ path: '/a', encoding, content: zipped.replace(/(.{9})/g, '$1\n') }]), [
      'text',
    ]);
  assert.deepEqual(contents([{ path: '/a', encoding: '', content: 'text' }, { path: '/b' }]), ['text', '']);
});

test('owner and permissions', () => {
  const { files } = plan([
    { path: '/a' },
    { path: '/b', owner: 'rancher:docker', permissions: '0o4755', append: true },
    { path: '/c', permissions: '600' },
  ]);
  assert.deepEqual(
    files.map(({ owner, mode, isAppended }) => [owner, mode.toString(8), isAppended]),
    [
      ['root:root', '644', false],
      ['rancher:docker', '4755', true],
      ['root:root', '600', false],
    ],
  );
});

test('what is wrong is told, and the others are written', () => {
  const { files, problems } = plan([
    { path: 'relative' },
    { path: '/a', permissions: '0999' },
    { path: '/b', encoding: 'b64', content: '%' },
    { path: '/c', encoding: 'gz+b64', content: 'AAAA' },
    { path: '/d' },
  ]);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['/d'],
  );
  assert.equal(problems.length, 4);
  assert.equal(problems[1], 'write_files.[1] /a: permissions: expected octal digits, got "0999"');
});

test('each service has its own files', () => {
  const entries = [{ path: '/a' }, { path: '/b', container: 'ntp' }, { path: 'c', container: 'ntp' }];
  const { files, problems } = planFiles(entries, 'ntp', gunzipSync);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['/b'],
  );
  assert.deepEqual(problems, ['write_files.[2] c: expected an absolute path of a file']);
});
