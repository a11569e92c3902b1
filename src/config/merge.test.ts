import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, setAt } from './merge.ts';

test('merge() goes deep into maps, and replaces lists and scalars whole', () => {
  const base = { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 1 };
  const over = { a: { c: [3], d: { g: 2 } }, f: 'x', h: null };
  assert.deepEqual(merge(base, over), { a: { b: 1, c: [3], d: { e: 1, g: 2 } }, f: 'x', h: null });
  assert.deepEqual(base, { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 1 });
});

test('merge() does not let nothing replace a map', () => {
  assert.deepEqual(merge({ services: { a: 1 }, x: 1 }, { services: null, x: null }), {
    services: { a: 1 },
    x: null,
  });
});

test('merge() puts a map in the place of a scalar, and a scalar in the place of a map', () => {
  assert.deepEqual(merge({ a: 1, b: { c: 1 } }, { a: { c: 1 }, b: 1 }), { a: { c: 1 }, b: 1 });
});

test('merge() takes __proto__ for a key like others', () => {
  const merged = merge({}, JSON.parse('{"__proto__": {"admin": true}}'));
  assert.equal('admin' in merged, false);
  assert.deepEqual(Object.keys(merged), ['__proto__']);
});

test('setAt() sets a path, and refuses one through a value that is no map', () => {
  assert.deepEqual(setAt({ a: { b: 1 } }, ['a', 'c', 'd'], 2), { a: { b: 1, c: { d: 2 } } });
  assert.equal(setAt({ a: { b: 1 } }, ['a', 'b', 'c'], 2), undefined);
  assert.equal(setAt({}, [], 2), undefined);
});
