import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePeer } from './netlink-bridge.ts';
import { encodeNewLink } from './netlink-link.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

test('writes a new bridge', () => {
  const header = '00'.repeat(16);
  const expected = `${header} 0800 0300 62723000  1000 1280  0b00 0100 62726964676500 00`;
  assert.deepEqual(encodeNewLink('bridge', { name: 'br0' }, []), bytes(expected));
});

test('writes a new pair of interfaces', () => {
  const header = '00'.repeat(16);
  const peer = `1c00 0100 ${header} 0600 0300 62000000`;
  assert.deepEqual(encodePeer({ name: 'b' }), bytes(peer));
  const expected = `${header} 0600 0300 61000000  3000 1280  0900 0100 7665746800 000000  2000 0280 ${peer}`;
  assert.deepEqual(encodeNewLink('veth', { name: 'a' }, [encodePeer({ name: 'b' })]), bytes(expected));
});
