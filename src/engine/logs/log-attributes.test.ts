import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributesText, logAttributes } from './log-attributes.ts';

const container = {
  id: 'abcdef0123456789',
  name: 'web',
  imageId: 'sha256:0123456789abcdef',
  config: { Image: 'busybox', Labels: { tier: 'front', other: '1' }, Env: ['MODE=fast', 'X=a=b'] },
} as const;
const of = (options: Record<string, string>) =>
  logAttributes(container as unknown as Parameters<typeof logAttributes>[0], options);

describe('attributes of log entries', () => {
  it('are the labels and variables that the options name', () => {
    assert.equal(of({ 'max-size': '1m' }), undefined);
    assert.deepEqual(of({ labels: 'tier,absent', env: 'X' }), { tier: 'front', X: 'a=b' });
    assert.deepEqual(of({ 'labels-regex': '^o', 'env-regex': 'MO' }), { other: '1', MODE: 'fast' });
  });

  it('have the tag', () => {
    assert.deepEqual(of({ tag: '{{.Name}}/{{ .ID }} {{.ImageName}}' }), { tag: 'web/abcdef012345 busybox' });
    assert.throws(() => of({ tag: '{{.Shoe}}' }), /invalid log tag/);
    assert.throws(() => of({ 'env-regex': '(' }), /invalid regular expression/);
  });

  it('are shown sorted', () => {
    assert.equal(attributesText({ b: '2 3', a: '1' }), 'a=1,b=2%203');
    assert.equal(attributesText(undefined), '');
  });
});
