import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerOperation, OPAQUE_XATTR } from './layer.ts';
import { layerEntries } from './layer-diff.ts';
import { cleanLayerPath } from './layer-path.ts';
import { tarEntry } from './tar-writer.ts';

const capability = new Map([['security.capability', Buffer.from('0100', 'hex')]]);

test('paths are cleaned, and those that leave the layer are refused', () => {
  const clean: [string, string][] = [
    ['./usr//bin/', 'usr/bin'],
    ['/etc/passwd', 'etc/passwd'],
    ['./', '.'],
    ['a/../b/./c', 'b/c'],
    ['...', '...'],
  ];
  for (const [path, expected] of clean) assert.equal(cleanLayerPath(path), expected);
  for (const path of ['..', '../x', 'a/../../x', '/..', './..//x']) {
    assert.throws(() => cleanLayerPath(path), { message: `"${path}" is outside of the layer` });
  }
});

test('every type of entry has its operation', () => {
  const metadata = { uid: 1, gid: 2, mode: 0o4755, mtime: { seconds: 5, nanoseconds: 6 } };
  const kept = { ...metadata, xattrs: capability };
  const entry = { ...metadata, xattrs: new Map([...capability, [OPAQUE_XATTR, Buffer.from('y')]]) };
  assert.deepEqual(layerOperation(tarEntry({ path: './f', type: 'file', size: 9, ...entry })), {
    do: 'file',
    path: 'f',
    size: 9,
    ...kept,
  });
  assert.deepEqual(layerOperation(tarEntry({ path: '.', type: 'directory', ...entry })), {
    do: 'directory',
    path: '.',
    ...kept,
  });
  assert.deepEqual(layerOperation(tarEntry({ path: 's', type: 'symlink', linkPath: '/../x', ...entry })), {
    do: 'symlink',
    path: 's',
    target: '/../x',
    ...kept,
  });
  assert.deepEqual(layerOperation(tarEntry({ path: 'h', type: 'hardlink', linkPath: './f' })), {
    do: 'hardlink',
    path: 'h',
    target: 'f',
  });
  const device = tarEntry({ path: 'd', type: 'block', deviceMajor: 8, deviceMinor: 1, ...entry });
  assert.deepEqual(layerOperation(device), {
    do: 'device',
    path: 'd',
    kind: 'block',
    major: 8,
    minor: 1,
    ...kept,
  });
  assert.deepEqual(layerOperation(tarEntry({ path: 'p', type: 'fifo', ...entry })), {
    do: 'fifo',
    path: 'p',
    ...kept,
  });
});

test('whiteouts become what overlayfs knows', () => {
  const operation = (path: string) => layerOperation(tarEntry({ path, type: 'file' }));
  assert.deepEqual(operation('./etc/.wh.passwd'), { do: 'whiteout', path: 'etc/passwd' });
  assert.deepEqual(operation('.wh.x'), { do: 'whiteout', path: 'x' });
  assert.deepEqual(operation('var/.wh..wh..opq'), { do: 'opaque', path: 'var' });
  assert.deepEqual(operation('.wh..wh..opq'), { do: 'opaque', path: '.' });
  assert.deepEqual(layerOperation(tarEntry({ path: 'x', type: 'character' })), { do: 'whiteout', path: 'x' });
  assert.equal(operation('.wh..wh.plnk/123.4'), undefined);
  assert.equal(operation('.wh..wh.aufs'), undefined);
  for (const path of ['.wh.', 'a/.wh..', 'a/.wh...']) {
    assert.throws(() => operation(path), { message: `"${path}" is a whiteout of nothing` });
  }
});

test('escapes and a root that is no directory are refused', () => {
  assert.throws(
    () => layerOperation(tarEntry({ path: '../x', type: 'file' })),
    /"\.\.\/x" is outside of the layer/,
  );
  const link = tarEntry({ path: 'h', type: 'hardlink', linkPath: 'a/../../etc/shadow' });
  assert.throws(
    () => layerOperation(link),
    /hard link "h" -> "a\/\.\.\/\.\.\/etc\/shadow" is outside of the layer/,
  );
  const root = tarEntry({ path: './', type: 'symlink', linkPath: '/etc' });
  assert.throws(() => layerOperation(root), /"\.\/" is a symlink in the place of the layer's root/);
});

test('an upper directory becomes entries, and those become the same upper directory', () => {
  const xattrs = new Map([
    ...capability,
    ['security.selinux', Buffer.from('x')],
    ['user.note', Buffer.from('n')],
  ]);
  const [file] = layerEntries(tarEntry({ path: 'bin/ping', type: 'file', size: 3, xattrs }));
  assert.equal(file?.size, 3);
  assert.deepEqual([...(file?.xattrs.keys() ?? [])], ['security.capability', 'user.note']);

  const gone = layerEntries(tarEntry({ path: 'etc/motd', type: 'character' }));
  assert.deepEqual(
    gone.map(({ path, type }) => [path, type]),
    [['etc/.wh.motd', 'file']],
  );
  assert.deepEqual(gone.map(layerOperation), [{ do: 'whiteout', path: 'etc/motd' }]);

  const opaque = new Map([[OPAQUE_XATTR, Buffer.from('y')]]);
  const directory = layerEntries(tarEntry({ path: 'var', type: 'directory', xattrs: opaque }));
  assert.deepEqual(
    directory.map(layerOperation).map((operation) => [operation?.do, operation?.path]),
    [
      ['directory', 'var'],
      ['opaque', 'var'],
    ],
  );
  assert.deepEqual(layerEntries(tarEntry({ path: '.', type: 'directory' })), []);

  const moved = tarEntry({
    path: 'm',
    type: 'directory',
    xattrs: new Map([['trusted.overlay.redirect', Buffer.of()]]),
  });
  assert.throws(() => layerEntries(moved), /"m" has trusted.overlay.redirect, which a layer cannot express/);
});
