import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTftpLocation } from './tftp.ts';

test('a host, its port and a path', () => {
  assert.deepEqual(parseTftpLocation('box/seed/user-data'), {
    host: 'box',
    port: 69,
    path: 'seed/user-data',
  });
  assert.deepEqual(parseTftpLocation('192.0.2.1:6969/x'), { host: '192.0.2.1', port: 6969, path: 'x' });
  assert.deepEqual(parseTftpLocation('[fd00::1]:70/x'), { host: 'fd00::1', port: 70, path: 'x' });
});

test('refuses what names no file', () => {
  for (const text of ['box', 'box/', '/x', 'fd00::1/x', 'box:port/x']) {
    assert.throws(() => parseTftpLocation(text), /expected tftp:HOST\[:PORT\]\/PATH/, text);
  }
});
