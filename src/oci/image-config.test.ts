import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseContainerConfig, parseHostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import { parseImageConfig } from './image-config.ts';
import { withoutNulls } from './json.ts';

const DIFF_ID = `sha256:${'a'.repeat(64)}`;

const IMAGE = {
  architecture: 'amd64',
  os: 'linux',
  config: { Env: ['PATH=/bin'], Cmd: ['sh'], Entrypoint: null, Labels: null, ExposedPorts: { '80/tcp': {} } },
  rootfs: { type: 'layers', diff_ids: [DIFF_ID] },
  history: [{ created: '2026-11-23T07:34:50Z', comment: 'Imported from -' }],
};

test('an image configuration is parsed', () => {
  const image = parseImageConfig(JSON.stringify({ ...IMAGE, 'moby.buildkit.buildinfo.v1': 'ignored' }));
  assert.deepEqual(image, IMAGE);
});

test('a wrong image configuration is refused with the field', () => {
  const refuse = (change: object, message: string) =>
    assert.throws(() => parseImageConfig(JSON.stringify({ ...IMAGE, ...change })), {
      name: 'FormatError',
      message: `image configuration: ${message}`,
    });
  refuse({ os: 7 }, 'os: expected string, got 7');
  refuse({ os: undefined }, 'os: expected "os", got undefined');
  refuse({ rootfs: { type: 'tree' } }, 'rootfs.type: expected "layers", got "tree"');
  refuse(
    { rootfs: { type: 'layers', diff_ids: ['sha256:1'] } },
    'rootfs.diff_ids.0: expected a digest of the form sha256:<64 hexadecimal digits>, got "sha256:1"',
  );
  refuse({ config: { Env: ['A=b', 1] } }, 'config.Env.1: expected string, got 1');
  assert.throws(() => parseImageConfig('{"os":'), /^FormatError: image configuration: not valid JSON: /);
  assert.throws(() => parseImageConfig('[]'), FormatError);
});

test('Config and HostConfig of real containers are taken whole', () => {
  for (const name of ['def', 'prv', 'lim', 'hst']) {
    const path = join(import.meta.dirname, 'testdata', `docker-inspect-${name}.json`);
    const { Config, HostConfig } = JSON.parse(readFileSync(path, 'utf8'));
    assert.deepEqual(parseContainerConfig(Config), withoutNulls(Config));
    assert.deepEqual(parseHostConfig(HostConfig), withoutNulls(HostConfig));
  }
});

test('null in a request is the same as nothing, except for a port without bindings', () => {
  const { PortBindings, ...others } = parseHostConfig({
    Binds: null,
    Mounts: [{ Type: 'volume', Source: null, VolumeOptions: { Subpath: null } }],
    PortBindings: { '80/tcp': null },
  });
  assert.deepEqual(others, { Mounts: [{ Type: 'volume', VolumeOptions: {} }] });
  assert.deepEqual(PortBindings, { '80/tcp': [] });
});

test('a request is checked, and a command may be one string', () => {
  assert.deepEqual(parseContainerConfig({ Cmd: 'true', HostConfig: {} }), { Cmd: ['true'] });
  assert.throws(() => parseContainerConfig({ Tty: 'yes' }), {
    message: 'container configuration: Tty: expected boolean, got "yes"',
  });
  assert.throws(
    () => parseHostConfig({ Memory: 1.5 }),
    /HostConfig: Memory: expected a whole number, got 1\.5/,
  );
});
