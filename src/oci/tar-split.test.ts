import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { TarReader } from './tar-reader.ts';
import { readTarSplit, recordTarSplit, restoreTar } from './tar-split.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from './tar-writer.ts';

/** Unpacks an archive into a map of path to content, as the engine would into a directory. */
function unpack(archive: Uint8Array, step: number): { record: Buffer; files: Map<string, Buffer> } {
  const record: Uint8Array[] = [];
  const files = new Map<string, Buffer>();
  let path = '';
  const handler = recordTarSplit((bytes) => void record.push(bytes.slice()), {
    entry: (entry) => {
      path = entry.path.replace(/^(\.?\/)+/, '');
      if (entry.type === 'file') files.set(path, Buffer.alloc(0));
    },
    data: (bytes) => void files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), bytes])),
    entryEnd: () => {},
  });
  const reader = new TarReader(handler);
  for (let offset = 0; offset < archive.length; offset += step)
    reader.push(archive.subarray(offset, offset + step));
  reader.end();
  return { record: Buffer.concat(record), files };
}

function* split(bytes: Uint8Array, step: number): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += step) yield bytes.subarray(offset, offset + step);
}

function restore(record: Uint8Array, files: Map<string, Buffer>, step = record.length): Buffer {
  const content = (path: string) => split(files.get(path) ?? assert.fail(path), 1000);
  return Buffer.concat([...restoreTar(split(record, step), content)]);
}

for (const format of ['gnu', 'pax', 'ustar']) {
  test(`a ${format} archive is restored byte for byte`, () => {
    const archive = execFileSync(
      'tar',
      [`--format=${format}`, '-cf', '-', '-C', join(import.meta.dirname, 'testdata'), '.'],
      {
        maxBuffer: 1e9,
      },
    );
    const { record, files } = unpack(archive, 4096);
    assert.ok(record.length < archive.length);
    assert.ok(restore(record, files).equals(archive));
    assert.ok(restore(record, files, 13).equals(archive));
  });
}

test('markers with content, names with ./ and odd trailers are restored', () => {
  const body = Buffer.from('aufs wrote this');
  const archive = Buffer.concat([
    ...['./a', '/b', 'dir/.wh.gone', '.wh..wh.plnk/1.2'].flatMap((path) => [
      tarHeader(tarEntry({ path, type: 'file', size: body.length })),
      body,
      Buffer.alloc(tarPadding(body.length).length, 'dirty padding'),
    ]),
    tarTrailer(),
    Buffer.from('appended by somebody'),
  ]);
  const { record, files } = unpack(archive, 100);
  files.delete('dir/.wh.gone');
  files.delete('.wh..wh.plnk/1.2');
  assert.ok(restore(record, files).equals(archive));
  const paths = [...readTarSplit([record])].flatMap((item) => (item.kind === 'file' ? [item.path] : []));
  assert.deepEqual(paths, ['a', 'b']);
});

test('a changed file and a damaged record are refused', () => {
  const archive = Buffer.concat([
    tarHeader(tarEntry({ path: 'a', type: 'file', size: 3 })),
    Buffer.from('abc'),
    tarPadding(3),
  ]);
  const { record, files } = unpack(archive, 512);
  assert.throws(() => restore(record, new Map([['a', Buffer.from('ab')]])), /"a" no longer has 3 bytes/);
  assert.throws(() => restore(record, new Map([['a', Buffer.from('abcd')]])), /"a" no longer has 3 bytes/);
  assert.throws(() => restore(record.subarray(0, -1), files), /the record is cut off/);
  assert.throws(() => restore(record.subarray(0, 4), files), /the record is cut off/);
  assert.throws(() => restore(Buffer.from('not a record'), files), /not a record/);
  const damaged = Buffer.from(record);
  damaged[8] = 'X'.charCodeAt(0);
  assert.throws(() => restore(damaged, files), /damaged record/);
});
