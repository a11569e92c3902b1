import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsFile, withHostname } from './hosts-file.ts';

test('names this machine, with and without its domain', () => {
  assert.match(hostsFile('rancher'), /^127\.0\.1\.1\trancher$/m);
  assert.match(hostsFile('box.example.org'), /^127\.0\.1\.1\tbox\.example\.org\tbox$/m);
});

test('replaces the name of this machine and nothing else', () => {
  const before = '127.0.0.1\tlocalhost\n127.0.1.1\told\n10.0.0.1 other # mine\n127.0.1.1\tolder\n';
  const after = '127.0.0.1\tlocalhost\n127.0.1.1\tnew\n10.0.0.1 other # mine\n';
  assert.equal(withHostname(before, 'new'), after);
  assert.equal(withHostname(after, 'new'), after);
  assert.equal(withHostname('', 'new'), '127.0.1.1\tnew\n');
});

test('a domain that is given goes before the name, and stays', () => {
  const hosts = hostsFile('box', 'box.example.org');
  assert.match(hosts, /^127\.0\.1\.1\tbox\.example\.org\tbox$/m);
  assert.equal(withHostname(hosts, 'box'), hosts);
  assert.match(withHostname(hosts, 'other'), /^127\.0\.1\.1\tother$/m);
});
