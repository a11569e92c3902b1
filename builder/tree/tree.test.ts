import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeCpio } from './cpio.ts';
import { readLinkage } from './elf.ts';
import { readTar, writeTar } from './tar.ts';
import { directory, file, graft, link, put, sorted, type Tree } from './tree.ts';

const longName = `usr/${'long-directory-name/'.repeat(8)}file`;

function sample(): Tree {
  const tree: Tree = new Map();
  put(tree, 'usr/bin/sudo', { ...file('binary', 0o4755), gid: 27 });
  put(tree, 'usr/bin/sh', link('busybox'));
  put(tree, longName, file('deep'));
  put(tree, `usr/${'l'.repeat(120)}`, link('t'.repeat(130)));
  put(tree, 'tmp', directory(0o1777));
  put(tree, 'dev/console', { type: 'character device', mode: 0o600, uid: 0, gid: 0, major: 5, minor: 1 });
  return tree;
}

test('directories come before what is in them, and siblings stay together', () => {
  const tree: Tree = new Map();
  for (const path of ['a-b', 'a/b', 'a/b-c/d', 'a/b/c']) tree.set(path, file(''));
  assert.deepEqual(
    sorted(tree).map(([path]) => path),
    ['a/b', 'a/b/c', 'a/b-c/d', 'a-b'],
  );
});

test('put adds directories and refuses to go through a file', () => {
  const tree: Tree = new Map();
  put(tree, 'a/b', file(''));
  assert.equal(tree.get('a')?.type, 'directory');
  assert.throws(() => put(tree, 'a/b/c', file('')), /\/a\/b is a file/);
});

test('a grafted directory does not change the attributes of one that is there', () => {
  const tree: Tree = new Map([['etc', directory(0o700)]]);
  const branch: Tree = new Map();
  put(branch, 'etc/x', file('x'));
  graft(tree, '', branch);
  assert.equal(tree.get('etc')?.mode, 0o700);
  assert.ok(tree.has('etc/x'));
});

test('a tar is read back as it was, and does not depend on the order of insertion', () => {
  const tree = sample();
  const archive = writeTar(tree);
  assert.deepEqual(new Map(sorted(readTar(archive))), new Map(sorted(tree)));
  assert.deepEqual(writeTar(new Map([...tree].reverse())), archive);
});

test('GNU tar reads our tar, and we read its long names', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tree-'));
  try {
    const tree = sample();
    tree.delete('dev/console');
    execFileSync('tar', ['-x', '--no-same-owner', '-C', scratch], { input: writeTar(tree) });
    assert.equal(readFileSync(join(scratch, longName), 'utf8'), 'deep');
    assert.equal(readlinkSync(join(scratch, `usr/${'l'.repeat(120)}`)), 't'.repeat(130));
    for (const format of ['gnu', 'pax', 'ustar']) {
      const options = ['-c', `--format=${format}`, '-C', scratch, 'usr/long-directory-name'];
      const back = readTar(execFileSync('tar', options));
      const node = back.get(longName);
      assert.equal(node?.type === 'file' && node.content.toString(), 'deep', format);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('an initramfs archive has the fields that the kernel reads, each entry at a multiple of four', () => {
  const tree: Tree = new Map();
  put(tree, 'init', file('odd', 0o755));
  put(tree, 'bin/sh', link('../init'));
  put(tree, 'dev/console', { type: 'character device', mode: 0o600, uid: 0, gid: 5, major: 5, minor: 1 });
  assert.deepEqual(readCpio(writeCpio(tree)), [
    { name: 'bin', mode: 0o040755, gid: 0, device: '0:0', content: '' },
    { name: 'bin/sh', mode: 0o120777, gid: 0, device: '0:0', content: '../init' },
    { name: 'dev', mode: 0o040755, gid: 0, device: '0:0', content: '' },
    { name: 'dev/console', mode: 0o020600, gid: 5, device: '5:1', content: '' },
    { name: 'init', mode: 0o100755, gid: 0, device: '0:0', content: 'odd' },
  ]);
});

/** Reads an archive as Documentation/driver-api/early-userspace/buffer-format.rst of the kernel describes it. */
function readCpio(archive: Buffer) {
  const entries = [];
  const aligned = (offset: number) => Math.ceil(offset / 4) * 4;
  for (let offset = 0; ; ) {
    assert.equal(archive.toString('latin1', offset, offset + 6), '070701');
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', offset + 6 + 8 * index, offset + 14 + 8 * index), 16);
    const nameEnd = offset + 110 + field(11);
    const name = archive.toString('utf8', offset + 110, nameEnd - 1);
    if (name === 'TRAILER!!!') return entries;
    const content = archive.toString('utf8', aligned(nameEnd), aligned(nameEnd) + field(6));
    entries.push({ name, mode: field(1), gid: field(3), device: `${field(9)}:${field(10)}`, content });
    offset = aligned(aligned(nameEnd) + field(6));
  }
}

test('the libraries that a program needs are those that ldd lists', () => {
  const node = readFileSync(process.execPath);
  const needed = readLinkage(node)?.needed ?? [];
  assert.ok(needed.includes('libc.so.6'));
  const listed = execFileSync('ldd', [process.execPath]).toString();
  for (const name of needed) assert.ok(listed.includes(name.replace(/^.*\//, '')), name);
  assert.equal(readLinkage(node)?.interpreter, '/lib64/ld-linux-x86-64.so.2');
  assert.equal(readLinkage(Buffer.from('#!/bin/sh\n')), undefined);
});
