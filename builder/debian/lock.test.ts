import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLock, parseLock } from './lock.ts';

const crun = {
  package: 'crun',
  version: '1.21-1',
  architecture: 'amd64' as const,
  sha256: 'a'.repeat(64),
  source: 'crun (1.21-1)',
};

test('a lock is written sorted and read back', () => {
  const text = formatLock({ zlib1g: { ...crun, package: 'zlib1g' }, crun });
  assert.ok(text.indexOf('"crun"') < text.indexOf('"zlib1g"'));
  assert.deepEqual(parseLock(text, 'f')['crun'], crun);
});

test('a lock entry that is wrong is named', () => {
  const text = JSON.stringify({ crun: { ...crun, sha256: 'abc' } });
  assert.throws(
    () => parseLock(text, 'os/packages.lock.json'),
    /^Error: os\/packages\.lock\.json: crun\.sha256: 64 hex/,
  );
  assert.throws(() => parseLock('{', 'f'), /^Error: f: /);
});
