import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuildArguments } from './build-arguments.ts';

const given = new Map<string, string | undefined>([
  ['A', 'given'],
  ['B', undefined],
  ['http_proxy', 'p'],
  ['X', 'x'],
]);

test('what is given counts more than what the Dockerfile says, once it is declared', () => {
  const args = new BuildArguments(given);
  args.declareGlobal('A', 'global');
  args.declareGlobal('G', 'global');
  assert.deepEqual([args.global('A'), args.global('G'), args.global('X')], ['given', 'global', undefined]);
  assert.deepEqual([args.inStage('A'), args.inStage('http_proxy')], [undefined, 'p']);
  args.declare('A', 'stage');
  args.declare('B', 'stage');
  args.declare('G', undefined);
  assert.deepEqual([args.inStage('A'), args.inStage('B'), args.inStage('G')], ['given', 'stage', 'global']);
  args.startStage();
  assert.equal(args.inStage('A'), undefined);
  assert.deepEqual(args.unused(), ['X']);
});

test('a proxy counts for the cache only if it is declared', () => {
  const args = new BuildArguments(given);
  assert.deepEqual(args.forRun(), [{ name: 'http_proxy', variable: 'http_proxy=p', counts: false }]);
  args.declare('http_proxy', undefined);
  args.declare('Z', undefined);
  assert.deepEqual(args.forRun(), [{ name: 'http_proxy', variable: 'http_proxy=p', counts: true }]);
});
