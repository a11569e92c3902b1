import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Piece, parseUserData } from './user-data.ts';

function parse(data: string | Uint8Array): { pieces: readonly Piece[]; problems: readonly string[] } {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return parseUserData(bytes, { name: 'user-data', gunzip: gunzipSync });
}

const kinds = (data: string | Uint8Array) => parse(data).pieces.map(({ kind }) => kind);
const CONFIG = '#cloud-config\nhostname: box\n';

test('the first line says what it is', () => {
  assert.deepEqual(kinds(CONFIG), ['config']);
  assert.deepEqual(kinds('\uFEFF#cloud-config  \r\nhostname: box\r\n'), ['config']);
  assert.deepEqual(kinds('#!/bin/sh\necho\n'), ['script']);
  assert.deepEqual(kinds('#cloud-boothook\n#!/bin/sh\necho\n'), ['script']);
  assert.deepEqual(kinds(' \n'), []);
});

test('services of a compose document become services of the system', () => {
  const [version1] = parse('#compose\nweb:\n  image: nginx\n').pieces;
  assert.equal(
    version1?.kind === 'config' && version1.text,
    'rancher:\n  services:\n    web:\n      image: nginx\n',
  );
  assert.deepEqual(
    parse('#compose\nservices:\n  web:\n    image: nginx\n').pieces,
    parse('#compose\nweb:\n  image: nginx\n').pieces,
  );
});

test('each line of an include is an address', () => {
  const { pieces } = parse('#include\nhttp://one/a\n# not this\nhttps://two/b\n');
  assert.deepEqual(
    pieces.map((piece) => piece.kind === 'include' && piece.url),
    ['http://one/a', 'https://two/b'],
  );
});

test('gzip and base64 are taken off, also both', () => {
  assert.deepEqual(kinds(gzipSync(CONFIG)), ['config']);
  assert.deepEqual(kinds(Buffer.from(CONFIG).toString('base64')), ['config']);
  assert.deepEqual(
    kinds(
      gzipSync(CONFIG)
        .toString('base64')
        .replace(/(.{40})/g, '$1\n'),
    ),
    ['config'],
  );
});

test('damaged data are a problem, and not a crash', () => {
  assert.match(parse(gzipSync(CONFIG).subarray(0, 20)).problems[0] ?? '', /^user-data: /);
  assert.deepEqual(parse('hostname: box\n').problems, [
    'user-data: unrecognized; expected "#cloud-config" or "#!" at its beginning, got "hostname: box"',
  ]);
  assert.match(parse('## template: jinja\n#cloud-config\n').problems[0] ?? '', /templates are not supported/);
});

test('gzip within gzip has an end', () => {
  let bomb: Uint8Array = new TextEncoder().encode(CONFIG);
  for (let depth = 0; depth < 20; depth++) bomb = gzipSync(bomb);
  assert.match(parse(bomb).problems[0] ?? '', /too many documents/);
});

const MESSAGE = [
  'Content-Type: multipart/mixed; boundary="===sep=="',
  'MIME-Version: 1.0',
  '',
  'What stands before the first boundary does not count.',
  '--===sep==',
  'Content-Type: text/cloud-config; charset="us-ascii"',
  'Content-Disposition: attachment; filename="config.yml"',
  '',
  'hostname: box',
  '--===sep==',
  'Content-Type: text/x-shellscript',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('#!/bin/sh\necho one\n').toString('base64'),
  '--===sep==',
  'Content-Type: multipart/mixed; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '#!/bin/sh',
  'echo =C3=A9 a=',
  'b',
  '--inner--',
  '--===sep==--',
  '',
];

for (const [name, end] of [
  ['lines', '\n'],
  ['lines of mail', '\r\n'],
] as const) {
  test(`a message of several parts, with ${name}`, () => {
    const { pieces, problems } = parse(MESSAGE.join(end));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      pieces.map((piece) => [piece.kind, piece.name]),
      [
        ['config', 'user-data, part 1 (config.yml)'],
        ['script', 'user-data, part 2'],
        ['script', 'user-data, part 3.1'],
      ],
    );
    assert.equal(pieces[2]?.kind === 'script' && pieces[2].text, '#!/bin/sh\necho é ab');
  });
}

test('half a message does nothing', () => {
  const { pieces, problems } = parse(MESSAGE.slice(0, 12).join('\n'));
  assert.deepEqual(pieces, []);
  assert.deepEqual(problems, ['user-data: the multipart message is cut off: its last boundary is missing']);
});

test('a part that nobody knows does not spoil the others', () => {
  const { pieces, problems } = parse(MESSAGE.join('\n').replace('base64', 'x-unknown'));
  assert.deepEqual(pieces, []);
  assert.deepEqual(problems, ['user-data: the transfer encoding x-unknown is not supported']);
});

test('an archive is a list of documents', () => {
  const archive =
    '#cloud-config-archive\n- type: text/cloud-config\n  content: |\n    hostname: box\n- "#!/bin/sh\\necho\\n"\n- 5\n';
  assert.deepEqual(kinds(archive), ['config', 'script']);
  assert.deepEqual(parse(archive).problems, ['user-data, part 3: expected a content of text']);
});
