import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debianArchives, parseDeb822Sources, parseOneLineSources } from './sources.ts';

test('one-line sources: options, comments, deb-src and several components', () => {
  const sources = parseOneLineSources(`
# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # ours
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://x.example/apt stable main
`);
  assert.deepEqual(sources, [
    { uri: 'http://mirror.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
    {
      uri: 'https://x.example/apt',
      suites: ['stable'],
      components: ['main'],
      signedBy: '/usr/share/keyrings/x.gpg',
    },
  ]);
});

test('deb822 sources: several URIs, comments, disabled stanzas', () => {
  const sources = parseDeb822Sources(`Types: deb deb-src
# a snapshot
URIs: http://a.example/debian http://b.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://c.example/debian
Suites: trixie
Components: main
`);
  assert.deepEqual(
    sources.map((source) => [source.uri, source.suites.join(' '), source.signedBy]),
    [
      ['http://a.example/debian', 'trixie trixie-updates', '/usr/share/keyrings/debian-archive-keyring.gpg'],
      ['http://b.example/debian', 'trixie trixie-updates', '/usr/share/keyrings/debian-archive-keyring.gpg'],
    ],
  );
});

test('the Debian archive is found among others with the same suite name', () => {
  const sources = parseOneLineSources(`
deb [signed-by=/usr/share/keyrings/tool.gpg] https://tool.example bookworm main
deb https://other.example/linux/debian bookworm stable
deb http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm-updates main
deb http://mirror.example/debian-security bookworm-security main
`);
  assert.deepEqual(debianArchives(sources), {
    main: 'http://mirror.example/debian',
    security: 'http://mirror.example/debian-security',
  });
});

test('a machine without a Debian source has no archive', () => {
  assert.equal(debianArchives(parseOneLineSources('deb http://x.example/ubuntu noble main')), undefined);
});
