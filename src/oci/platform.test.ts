import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPlatformRequest, parsePlatform } from './platform.ts';

const machine = { os: 'linux', architecture: 'amd64' };

test('platforms as text', () => {
  const platform = (text: string) => {
    const { os, architecture, variant } = parsePlatform(text, machine);
    return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
  };
  assert.equal(platform('linux'), 'linux/amd64');
  assert.equal(platform('windows'), 'windows/amd64');
  assert.equal(platform('arm64'), 'linux/arm64');
  assert.equal(platform('aarch64'), 'linux/arm64');
  assert.equal(platform('Linux/X86_64'), 'linux/amd64');
  assert.equal(platform('linux/arm64/v8'), 'linux/arm64');
  assert.equal(platform('linux/arm/v7'), 'linux/arm/v7');
  assert.equal(platform('linux/new-processor'), 'linux/new-processor');
});

test('texts that are none, in the words of dockerd 28.5', () => {
  const refused = (text: string, message: string | RegExp) =>
    assert.throws(() => parsePlatform(text, machine), { name: 'FormatError', message });
  refused('x', '"x": unknown operating system or architecture');
  refused('linux/x/y/z', '"linux/x/y/z": cannot parse platform specifier');
  refused(
    '{}',
    String.raw`"{}" is an invalid OS component of "{}": OSAndVersion specifier component must match ^[A-Za-z0-9_-]+(?:\([A-Za-z0-9_.%-]*(?:\+[A-Za-z0-9_.%-]+)*\))?$`,
  );
  refused('linux/', /^"" is an invalid component of "linux\/": platform specifier component must match/);
});

test('platforms as JSON', () => {
  const arm = { os: 'linux', architecture: 'arm64', variant: undefined };
  assert.deepEqual(checkPlatformRequest({ os: 'linux', architecture: 'arm64', variant: 'v8' }), arm);
  for (const value of [{}, { os: 'linux' }, { os: '', architecture: 'arm64' }]) {
    assert.throws(() => checkPlatformRequest(value), {
      message: 'both OS and Architecture must be provided',
    });
  }
  for (const value of [null, 'linux', { os: 1 }]) {
    assert.throws(() => checkPlatformRequest(value), /^FormatError: failed to parse platform: /);
  }
});
