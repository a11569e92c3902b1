import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError } from './errors.ts';
import { TAR_BLOCK, type TarEntry } from './tar-header.ts';
import { TarReader } from './tar-reader.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from './tar-writer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'paddock-tar-'));
after(() => rmSync(scratch, { recursive: true }));

interface Member {
  entry: TarEntry;
  content: Buffer;
}

/** Reads an archive in pieces of `step` bytes; checks that raw bytes and contents together are the archive. */
function readTar(archive: Uint8Array, step = archive.length): Member[] {
  const members: Member[] = [];
  const everything: Uint8Array[] = [];
  let content: Uint8Array[] = [];
  const reader = new TarReader({
    entry: (entry) => void members.push({ entry, content: Buffer.alloc(0) }),
    data: (bytes) => {
      content.push(bytes.slice());
      everything.push(bytes.slice());
    },
    entryEnd: () => {
      const member = members.at(-1);
      assert.ok(member);
      member.content = Buffer.concat(content);
      content = [];
    },
    raw: (bytes) => void everything.push(bytes.slice()),
  });
  for (let offset = 0; offset < archive.length; offset += step) {
    reader.push(archive.subarray(offset, offset + step));
  }
  reader.end();
  assert.ok(Buffer.concat(everything).equals(archive), 'raw bytes and contents are the archive');
  return members;
}

function writeTar(members: readonly { entry: TarEntry; content?: Uint8Array }[]): Buffer {
  const parts = members.flatMap(({ entry, content = Buffer.alloc(0) }) => [
    tarHeader(entry),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, tarTrailer()]);
}

const LONG = `${'directory-with-a-long-name/'.repeat(9)}file`;

/** A tree with the kinds of members that need no privileges. */
function makeTree(): string {
  const root = join(scratch, 'tree');
  mkdirSync(join(root, LONG, '..'), { recursive: true });
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(root, 'block'), Buffer.alloc(TAR_BLOCK, 'b'));
  writeFileSync(join(root, 'large'), Buffer.alloc(70_001, 'xyz'));
  writeFileSync(join(root, 'grüße ☃'), 'utf-8');
  writeFileSync(join(root, LONG), 'deep');
  linkSync(join(root, 'large'), join(root, 'large-too'));
  linkSync(join(root, LONG), join(root, 'long-link'));
  symlinkSync('empty', join(root, 'pointer'));
  symlinkSync(LONG, join(root, 'long-pointer'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  chmodSync(join(root, 'block'), 0o4751);
  utimesSync(join(root, 'block'), 1000, 1234567890.5);
  return root;
}

const tree = makeTree();

function gnuTar(...args: string[]): Buffer {
  const command = [
    '-C',
    tree,
    '--sort=name',
    '--owner=alice:1234',
    '--group=staff:50',
    '-cf',
    '-',
    ...args,
    '.',
  ];
  return execFileSync('tar', command, { maxBuffer: 1e8 });
}

for (const format of ['gnu', 'pax', 'ustar', 'oldgnu', 'v7']) {
  test(`reads what GNU tar writes as ${format}`, () => {
    const short = format === 'v7' || format === 'ustar' ? ['--exclude=./directory*', '--exclude=*long*'] : [];
    if (format === 'v7') short.push('--exclude=./pipe');
    const archive = gnuTar(`--format=${format}`, ...short);
    for (const step of [archive.length, 512, 1000, 7]) {
      const members = readTar(archive, step);
      const byPath = new Map(members.map((member) => [member.entry.path, member]));
      const get = (path: string) => byPath.get(path) ?? assert.fail(`${path} is missing`);
      assert.equal(get('.').entry.type, 'directory');
      assert.equal(get('./empty').entry.size, 0);
      assert.equal(get('./block').entry.mode, 0o4751);
      assert.deepEqual(get('./block').content, Buffer.alloc(TAR_BLOCK, 'b'));
      assert.equal(get('./block').entry.mtime.seconds, 1234567890);
      assert.equal(get('./block').entry.mtime.nanoseconds, format === 'pax' ? 500_000_000 : 0);
      assert.equal(get('./block').entry.uid, 1234);
      assert.equal(get('./block').entry.userName, format === 'v7' ? '' : 'alice');
      assert.equal(get('./block').entry.groupName, format === 'v7' ? '' : 'staff');
      assert.deepEqual(get('./large').content, Buffer.alloc(70_001, 'xyz'));
      assert.equal(get('./large-too').entry.type, 'hardlink');
      assert.equal(get('./large-too').entry.linkPath, './large');
      assert.equal(get('./pointer').entry.linkPath, 'empty');
      assert.equal(get('./grüße ☃').content.toString(), 'utf-8');
      if (format !== 'v7') assert.equal(get('./pipe').entry.type, 'fifo');
      if (short.length > 0) continue;
      assert.equal(get(`./${LONG}`).content.toString(), 'deep');
      assert.equal(get('./long-link').entry.linkPath, `./${LONG}`);
      assert.equal(get('./long-pointer').entry.linkPath, LONG);
    }
  });
}

test('a ustar prefix and a global PAX header are honoured', () => {
  const deep = `${'p'.repeat(90)}/${'n'.repeat(90)}`;
  const [member] = readTar(writeTar([{ entry: tarEntry({ path: deep, type: 'file' }) }]));
  assert.equal(member?.entry.path, deep);
  const global = gnuTar('--format=pax', '--pax-option=mtime=77.25', '--mtime=@5', '--exclude=./*');
  assert.deepEqual(readTar(global)[0]?.entry.mtime, { seconds: 77, nanoseconds: 250_000_000 });
});

/** Entries that need every feature of the writer. */
const ENTRIES: TarEntry[] = [
  tarEntry({ path: 'dir', type: 'directory', mode: 0o1777 }),
  tarEntry({ path: 'plain', type: 'file', uid: 1, gid: 2, mtime: { seconds: 1e9, nanoseconds: 0 } }),
  tarEntry({ path: 'names', type: 'file', userName: 'u'.repeat(32), groupName: 'größe' }),
  tarEntry({ path: 'x'.repeat(101), type: 'file' }),
  tarEntry({ path: `${'d'.repeat(200)}/é`, type: 'directory' }),
  tarEntry({ path: 'soft', type: 'symlink', linkPath: 't'.repeat(150), mode: 0o777 }),
  tarEntry({ path: 'hard', type: 'hardlink', linkPath: 'plain' }),
  tarEntry({ path: 'null', type: 'character', deviceMajor: 1, deviceMinor: 3 }),
  tarEntry({ path: 'vda', type: 'block', deviceMajor: 254, deviceMinor: 1048575 }),
  tarEntry({ path: 'pipe', type: 'fifo' }),
  tarEntry({ path: 'ids', type: 'file', uid: 2097152, gid: 4294967294 }),
  tarEntry({ path: 'time', type: 'file', mtime: { seconds: -2, nanoseconds: 750_000_000 } }),
  tarEntry({ path: 'old', type: 'file', mtime: { seconds: -1, nanoseconds: 0 } }),
  tarEntry({
    path: 'ping',
    type: 'file',
    xattrs: new Map([
      ['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')],
      ['user.empty', Buffer.alloc(0)],
      ['user.text', Buffer.from('a=b\nc')],
    ]),
  }),
];

test('what is written is read back', () => {
  const archive = writeTar(ENTRIES.map((entry) => ({ entry })));
  for (const step of [archive.length, 511]) {
    const members = readTar(archive, step);
    assert.equal(members.length, ENTRIES.length);
    members.forEach(({ entry }, index) => {
      const xattrs = new Map([...entry.xattrs].map(([key, value]) => [key, Buffer.from(value)]));
      assert.deepEqual({ ...entry, xattrs }, ENTRIES[index]);
    });
  }
});

test('GNU tar lists what is written', () => {
  const file = join(scratch, 'ours.tar');
  writeFileSync(file, writeTar(ENTRIES.map((entry) => ({ entry }))));
  const listing = execFileSync('tar', ['--numeric-owner', '--utc', '--full-time', '-tvf', file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const lines = listing.trim().split('\n');
  assert.equal(lines.length, ENTRIES.length);
  assert.match(lines[0] ?? '', /^drwxrwxrwt 0\/0 .* dir\/$/);
  assert.match(lines[5] ?? '', /^lrwxrwxrwx .* soft -> t{150}$/);
  assert.match(lines[6] ?? '', /^hrw-r--r-- .* hard link to plain$/);
  assert.match(lines[8] ?? '', /^brw-r--r-- 0\/0 +254,1048575 .* vda$/);
  assert.match(lines[10] ?? '', /2097152\/4294967294 .* ids$/);
  assert.match(lines[11] ?? '', /1969-12-31 .* time$/);
});

test('sizes beyond octal digits are written and read', () => {
  const size = 8 ** 11 + 5;
  let seen = -1;
  const reader = new TarReader({ entry: (entry) => (seen = entry.size), data: () => {}, entryEnd: () => {} });
  reader.push(tarHeader(tarEntry({ path: 'huge', type: 'file', size })));
  assert.equal(seen, size);
  assert.throws(() => reader.end(), /unexpected end of archive at offset 1536, inside "huge"/);
});

/** A header block changed by hand, with a right checksum. */
function forged(change: (block: Buffer) => unknown): Buffer {
  const block = Buffer.from(tarHeader(tarEntry({ path: 'evil', type: 'file' })));
  change(block);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

test('a checksum of signed bytes is accepted', () => {
  const block = forged((bytes) => bytes.write('é', 0));
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : (byte << 24) >> 24), 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  assert.equal(readTar(block)[0]?.entry.path, 'éil');
});

test('base-256 numbers are read, also negative ones', () => {
  const block = forged((bytes) => {
    bytes.fill(0, 124, 136);
    bytes[124] = 0x80;
    bytes.writeUInt32BE(0x1234, 132);
    bytes.fill(0xff, 136, 148);
  });
  const reader = new TarReader({
    entry: (entry) => {
      assert.equal(entry.size, 0x1234);
      assert.equal(entry.mtime.seconds, -1);
    },
    data: () => {},
    entryEnd: () => {},
  });
  reader.push(block);
});

test('a broken archive is refused with the place of the fault', () => {
  const good = writeTar([
    { entry: tarEntry({ path: 'a', type: 'file', size: 3 }), content: Buffer.from('abc') },
  ]);
  const refuse = (archive: Uint8Array, message: RegExp) => assert.throws(() => readTar(archive), message);
  refuse(Buffer.alloc(700, 'junk'), /^FormatError: tar: at offset 0: checksum is not an octal number/);
  const flipped = Buffer.from(good);
  flipped[0] = 'b'.charCodeAt(0);
  refuse(flipped, /at offset 0: header checksum is \d+, but \d+ is written there/);
  refuse(good.subarray(0, 514), /unexpected end of archive at offset 514, inside "a"/);
  refuse(good.subarray(0, 1000), /unexpected end of archive at offset 1000, inside "a"/);
  refuse(good.subarray(0, 100), /unexpected end of archive at offset 100/);
  refuse(Buffer.concat([Buffer.alloc(TAR_BLOCK), good]), /lone block of zeros before offset 512/);
  refuse(
    forged((block) => block.write('S', 156)),
    /entry "evil" at offset 0: entries of type "S" are not supp/,
  );
  refuse(
    forged((block) => block.write('\xff\xfe', 0, 'latin1')),
    /at offset 0: name ".+" is not UTF-8/,
  );
  refuse(
    forged((block) => block.fill(0, 0, 100)),
    /an entry without a name/,
  );
  refuse(
    forged((block) => block.write('99999999999', 124)),
    /size is not an octal number/,
  );
  refuse(
    forged((block) => block.fill(0xff, 124, 136)),
    /entry "evil" at offset 0: size -1 is out of range/,
  );
  refuse(
    forged((block) => block.write('x', 156).toString() && block.write('00010000000', 124)),
    /larger than/,
  );
  const pax = (body: string) => {
    const header = forged((block) => {
      block.write('x', 156);
      block.write(body.length.toString(8).padStart(11, '0'), 124);
    });
    return Buffer.concat([header, Buffer.from(body), tarPadding(body.length), good]);
  };
  refuse(pax('12 path=abc'), /malformed PAX record at byte 0/);
  refuse(pax('9999999999 a=b\n'), /malformed PAX record at byte 0/);
  refuse(pax('6 a=b\n0 a=b\n'), /malformed PAX record at byte 6/);
  refuse(pax('12 size=1e3\n'), /entry "a" at offset \d+: PAX record size: "1e3" is not a whole number/);
  refuse(pax('12 mtime=xx\n'), /PAX record mtime: "xx" is not a time/);
  refuse(pax('22 GNU.sparse.major=1\n'), /sparse files are not supported/);
  refuse(pax('11 path=ok\n').subarray(0, 1024), /unexpected end of archive at offset 1024/);
});

test('an empty archive and one without the final zeros are complete', () => {
  assert.deepEqual(readTar(Buffer.alloc(0), 1), []);
  assert.deepEqual(readTar(Buffer.alloc(10240)), []);
  assert.equal(readTar(tarHeader(tarEntry({ path: 'a', type: 'file' }))).length, 1);
});

test('damaged archives give a FormatError or an archive, never another error', () => {
  const archive = gnuTar('--format=pax');
  let seed = 7;
  const random = (limit: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % limit;
  };
  for (let round = 0; round < 300; round += 1) {
    const damaged = Buffer.from(archive);
    for (let count = 0; count < 3; count += 1) damaged[random(8000)] = random(256);
    try {
      readTar(damaged, 4096);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});

test('reading file data does not look at the bytes one by one', () => {
  const size = 256 * 1024 * 1024;
  const chunk = new Uint8Array(1024 * 1024);
  let received = 0;
  const reader = new TarReader({
    entry: () => {},
    data: (bytes) => (received += bytes.length),
    entryEnd: () => {},
  });
  const start = performance.now();
  reader.push(tarHeader(tarEntry({ path: 'big', type: 'file', size })));
  for (let offset = 0; offset < size; offset += chunk.length) reader.push(chunk);
  reader.end();
  assert.equal(received, size);
  assert.ok(performance.now() - start < 500);
});
