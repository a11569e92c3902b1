import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, formatUrl, parseUrl, withParameters } from './url.ts';

test('parses scheme, host, port and target', () => {
  assert.deepEqual(parseUrl('https://example.org'), {
    scheme: 'https',
    host: 'example.org',
    port: 443,
    target: '/',
  });
  assert.deepEqual(parseUrl('http://u:p%40@[::1]:5000/v2/?a=b#c'), {
    scheme: 'http',
    host: '::1',
    port: 5000,
    target: '/v2/?a=b',
    credentials: 'u:p@',
  });
  assert.equal(parseUrl('http://example.org?x=y').target, '/?x=y');
});

test('resolves what a registry sends as Location', () => {
  const base = parseUrl('https://example.org:5000/v2/a/blobs/uploads/?x=1');
  const resolved = (text: string) => formatUrl(parseUrl(text, base));
  assert.equal(resolved('/v2/b?y=2'), 'https://example.org:5000/v2/b?y=2');
  assert.equal(resolved('id'), 'https://example.org:5000/v2/a/blobs/uploads/id');
  assert.equal(resolved('?y=2'), 'https://example.org:5000/v2/a/blobs/uploads/?y=2');
  assert.equal(resolved('//cdn.example.org/x'), 'https://cdn.example.org/x');
  assert.equal(resolved('http://cdn.example.org:80/x'), 'http://cdn.example.org/x');
});

test('refuses what is no URL of HTTP', () => {
  for (const text of [
    '',
    'ftp://x/',
    'https://',
    'https://a b/',
    'https://a/\r\nX: y',
    'http://a:0/',
    'http://a:99999/',
  ]) {
    assert.throws(() => parseUrl(text), { name: 'FormatError' }, text);
  }
  assert.throws(() => parseUrl('/a\nb', parseUrl('http://a/')), { name: 'FormatError' });
});

test('adds parameters, and names the port only where it must', () => {
  const url = parseUrl('http://example.org:443/a?b=c');
  assert.equal(
    formatUrl(withParameters(url, { digest: 'sha256:1' })),
    'http://example.org:443/a?b=c&digest=sha256%3A1',
  );
  assert.equal(authority(parseUrl('https://[fe80::1]/')), '[fe80::1]');
});
