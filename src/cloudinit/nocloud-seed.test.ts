import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCloudSeeds } from './nocloud-seed.ts';

test('seeds of serial numbers and kernel words', () => {
  const { seeds, problems } = noCloudSeeds([
    'quiet "ds=nocloud;s=http://192.0.2.1/one/;h=box;i=i-1" ro',
    'ds=nocloud-net;seedfrom=https://example.org/two?a=b',
    'ds=nocloud;h=box',
    'VMware-42 1d',
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(seeds, [
    { url: 'http://192.0.2.1/one/', metadata: { instanceId: 'i-1', hostname: 'box' } },
    { url: 'https://example.org/two?a=b', metadata: {} },
  ]);
});

test('a seed that is no URL is told, and the same one counts once', () => {
  const { seeds, problems } = noCloudSeeds([
    'ds=nocloud;s=/seed',
    'ds=nocloud;s=http://a/',
    'ds=nocloud;s=http://a/',
  ]);
  assert.equal(seeds.length, 1);
  assert.deepEqual(problems, ['ds=nocloud: s=/seed: expected a URL with http: or https:; ignored']);
});
