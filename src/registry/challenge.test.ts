import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenges } from './challenge.ts';

const parsed = (text: string) =>
  parseChallenges(text).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test('parses what registries send', () => {
  assert.deepEqual(
    parsed(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    ),
    [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      ],
    ],
  );
  assert.deepEqual(parsed('Basic realm="a \\"quoted\\" realm"'), [['basic', { realm: 'a "quoted" realm' }]]);
  assert.deepEqual(parsed('Negotiate, BASIC realm=x, charset="UTF-8"'), [
    ['negotiate', {}],
    ['basic', { realm: 'x', charset: 'UTF-8' }],
  ]);
});

test('gives up on what is malformed', () => {
  assert.deepEqual(parsed(''), []);
  assert.deepEqual(parsed('"'), []);
  assert.deepEqual(parsed('Bearer realm="open'), [['bearer', {}]]);
});
