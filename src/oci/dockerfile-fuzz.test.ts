/** Whatever a Dockerfile or a `.dockerignore` holds, reading it gives a result or one of our errors, in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges } from './config-change.ts';
import { parseDockerfile } from './dockerfile.ts';
import { expandWord, expandWords } from './dockerfile-words.ts';
import { parseDockerignore } from './dockerignore.ts';
import { FormatError } from './errors.ts';

/** Pieces that have a meaning somewhere, put together at random. */
const PIECES = [
  ...'FROM RUN COPY ADD ENV ARG LABEL CMD ENTRYPOINT WORKDIR USER EXPOSE VOLUME ONBUILD SHELL HEALTHCHECK'.split(
    ' ',
  ),
  ...[
    'MAINTAINER',
    'STOPSIGNAL',
    'NONE',
    'AS',
    'scratch',
    '--from=',
    '--chown=',
    '--interval=',
    '--',
    '=',
    '"',
    "'",
  ],
  ...['\\', '`', '\n', '\r\n', ' ', '\t', '#', '# escape=`\n', '# syntax=x\n', '[', ']', '["a", "b"]', ','],
  ...[
    '<<EOF',
    '<<-"E"',
    '\nEOF\n',
    '$',
    '${',
    '}',
    ':-',
    ':+',
    ':?',
    '%',
    '#*',
    '/',
    '//',
    '*',
    '**',
    '?',
    '!',
    '..',
  ],
  ...['1s', '80/tcp', '8000-9000', '\ufeff', '\u0000', '\u00e9', '\ud83d', 'x'.repeat(300)],
];
const ROUNDS = 4000;

/** A generator with a fixed seed (xorshift), so that a failure comes again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function* randomTexts(seed: number): Generator<string> {
  const random = randomNumbers(seed);
  for (let round = 0; round < ROUNDS; round++) {
    yield Array.from({ length: 1 + random(24) }, () => PIECES[random(PIECES.length)]).join('');
  }
}

function attempt(text: string, step: () => unknown): void {
  try {
    step();
  } catch (error) {
    assert.ok(error instanceof FormatError, `${JSON.stringify(text)}: ${error}`);
    assert.ok(error.message !== '', JSON.stringify(text));
  }
}

test('the parser of Dockerfiles', () => {
  for (const text of randomTexts(1)) {
    attempt(text, () => parseDockerfile(text));
    attempt(text, () => parseDockerfile(`FROM x\n${text}`));
    attempt(text, () => applyChanges({}, [text]));
  }
});

test('the replacement of variables', () => {
  const variables = (name: string) => (name === 'x' ? 'va lue*' : undefined);
  for (const text of randomTexts(2)) {
    attempt(text, () => expandWord(text, variables, '\\'));
    attempt(text, () => expandWords(text, variables, '`'));
  }
});

test('patterns of .dockerignore', () => {
  for (const text of randomTexts(3)) {
    attempt(text, () => parseDockerignore(text)('some/path/to/a/file.txt'));
  }
});

test('long lines and deep nesting take no more than their share of time', { timeout: 20_000 }, () => {
  const hostile = [
    `RUN ${'a \\\n'.repeat(20_000)}`,
    `ENV A=${'"'.repeat(99_999)}`,
    `LABEL ${'a=b '.repeat(20_000)}`,
    `EXPOSE ${'1-65535 '.repeat(4)}`,
    `COPY ${'<<a '.repeat(2_000)} /\n${'a\n'.repeat(2_000)}`,
    `USER ${'\u0024{x:-'.repeat(2_000)}`,
    `RUN ${' '.repeat(200_000)}x`,
    `RUN ${'--a'.repeat(100)} <<x`,
    `# escape=${' '.repeat(200_000)}x`,
    `HEALTHCHECK --interval=${'9'.repeat(10_000)}s CMD x`,
  ];
  for (const text of hostile) {
    attempt(text.slice(0, 40), () => parseDockerfile(`FROM x\n${text}`));
    attempt(text.slice(0, 40), () => parseDockerfile(text));
  }
  const stars = `\u0024{x##${'*a'.repeat(50)}}`;
  attempt(stars, () => expandWord(stars, () => 'a'.repeat(20_000), '\\'));
  attempt('$', () => expandWord('$'.repeat(200_000), () => undefined, '\\'));
  const nested = '${x:-'.repeat(500) + '}'.repeat(500);
  attempt(nested, () => expandWord(nested, () => undefined, '\\'));
  const slow = parseDockerignore('**/**/**/**/**/**/a\n');
  assert.equal(slow(`${'b/'.repeat(60)}c`), false);
});
