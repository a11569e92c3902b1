import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeQuery, parseQuery, queryFlag, queryInteger, queryValue } from './query.ts';

test('parameters are decoded and kept in order', () => {
  const query = parseQuery(
    'names=a&names=b%2Fc&filters=%7B%22label%22%3A%7B%22x%3Dy%22%3Atrue%7D%7D&q=a+b&&flag',
  );
  assert.deepEqual(query.get('names'), ['a', 'b/c']);
  assert.equal(queryValue(query, 'filters'), '{"label":{"x=y":true}}');
  assert.equal(queryValue(query, 'q'), 'a b');
  assert.equal(queryValue(query, 'flag'), '');
  assert.equal(queryValue(query, 'absent'), undefined);
});

test("Docker's booleans", () => {
  for (const text of ['1', 'true', 'True', 'yes', 'x'])
    assert.equal(queryFlag(parseQuery(`a=${text}`), 'a'), true);
  for (const text of ['', '0', 'no', 'False', 'none', '%20']) {
    assert.equal(queryFlag(parseQuery(`a=${text}`), 'a', true), false, text);
  }
  assert.equal(queryFlag(parseQuery('b=1'), 'a'), false);
  assert.equal(queryFlag(parseQuery('b=1'), 'a', true), true);
});

test('whole numbers', () => {
  const query = parseQuery('t=-1&h=24&bad=1x&none=');
  assert.equal(queryInteger(query, 't'), -1);
  assert.equal(queryInteger(query, 'h'), 24);
  assert.equal(queryInteger(query, 'none'), undefined);
  assert.equal(queryInteger(query, 'absent'), undefined);
  assert.throws(() => queryInteger(query, 'bad'), {
    status: 400,
    message: 'invalid value "1x" for bad: not a number',
  });
});

test('a bad percent-encoding is the client’s mistake', () => {
  assert.throws(() => parseQuery('a=%zz'), { status: 400 });
  assert.throws(() => parseQuery('a=%ff'), { status: 400 });
  assert.throws(() => parseQuery('a=b%00'), { status: 400 });
});

test('what is encoded is decoded to the same', () => {
  const text = encodeQuery({
    all: true,
    force: false,
    t: 0,
    name: '',
    names: ['a b', 'c&d=é'],
    none: undefined,
  });
  assert.equal(text, '?all=1&t=0&names=a%20b&names=c%26d%3D%C3%A9');
  assert.deepEqual(parseQuery(text.slice(1)).get('names'), ['a b', 'c&d=é']);
  assert.equal(encodeQuery({}), '');
});
