import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKernelCommandLine } from './kernel-command-line.ts';
import { CLOUD_CONFIG, CLOUD_CONFIG_DIRECTORY, loadConfig, OEM_CONFIG, OS_CONFIG } from './load.ts';
import type { Config } from './schema.ts';

function load(texts: Readonly<Record<string, string>>, line = '', facts: Config = {}) {
  const files = {
    readText: (path: string) => texts[path],
    fileNames: (directory: string) =>
      Object.keys(texts)
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1))
        .sort(),
  };
  return loadConfig(files, parseKernelCommandLine(line), facts);
}

const fragment = (name: string) => `${CLOUD_CONFIG_DIRECTORY}/${name}`;

test('loadConfig() merges the sources in their order', () => {
  const sources = [OS_CONFIG, OEM_CONFIG, fragment('a.yml'), fragment('b.yml'), CLOUD_CONFIG];
  // Each source sets its own key and those of all that come after it.
  const texts = sources.map((path, index) => [
    path,
    `rancher: {environment: {${sources.map((_, key) => (key >= index ? `k${key}: "${index}", ` : '')).join('')} last: "${index}"}}`,
  ]);
  const { config, messages } = load(Object.fromEntries(texts), 'rancher.environment.last=line', {
    rancher: { environment: { VERSION: '1', last: 'fact' } },
  });
  assert.deepEqual(messages, []);
  assert.deepEqual(config.rancher?.environment, {
    VERSION: '1',
    ...Object.fromEntries(sources.map((_, key) => [`k${key}`, `${key}`])),
    last: 'line',
  });
});

test('loadConfig() passes over names with a dot at the front, and needs no file at all', () => {
  assert.deepEqual(load({ [fragment('.hidden.yml')]: 'hostname: x' }), { config: {}, messages: [] });
});

test('loadConfig() leaves out a wrong fragment with one message, and takes the others', () => {
  const { config, messages } = load({
    [OS_CONFIG]: 'hostname: os\nrancher: {debug: false}',
    [fragment('1.yml')]: 'hostname: [',
    [fragment('2.yml')]: 'hostname: two\nrancher: {ssh: {port: no port}}',
    [fragment('3.yml')]: '- a list',
    [fragment('4.yml')]: 'rancher: {debug: yes}',
    [fragment('5.yml')]: '',
  });
  assert.deepEqual(config, { hostname: 'os', rancher: { debug: true } });
  assert.equal(messages.length, 3);
  assert.match(messages[0] ?? '', /cloud-config\.d\/1\.yml:1:\d+: .*; ignored$/);
  assert.match(
    messages[1] ?? '',
    /cloud-config\.d\/2\.yml: rancher\.ssh\.port: expected a port from 1 to 65535, got "no port"; ignored$/,
  );
  assert.match(messages[2] ?? '', /cloud-config\.d\/3\.yml: the document is not a map of keys; ignored$/);
});

test('loadConfig() leaves out a wrong word of the command line, and takes the others', () => {
  const { config, messages } = load(
    {},
    'rancher.modules=[no_such rancher.services=7 cc.ntp cc.hostname=box rancher.log=true',
  );
  assert.deepEqual(config, { hostname: 'box', rancher: { log: true } });
  assert.deepEqual(messages, [
    '/proc/cmdline: rancher.modules: the bracket [ is never closed; ignored',
    '/proc/cmdline: rancher.services: expected a map, got 7; ignored',
    '/proc/cmdline: ntp: unknown key, ignored',
  ]);
});

test('loadConfig() ignores a path through a value that is no map', () => {
  const { config, messages } = load(
    { [OS_CONFIG]: 'rancher: {services: {a: {image: x}}}' },
    'rancher.services.a.image.tag=y rancher.services.a.net=host',
  );
  assert.deepEqual(config.rancher?.services, { a: { image: 'x', net: 'host' } });
  assert.equal(messages.length, 1);
});

test('loadConfig() keeps the values of secret words out of its messages', () => {
  const { messages } = load({}, 'quiet -- rancher.ssh.port=swordfish');
  assert.deepEqual(messages, ['/proc/cmdline: rancher.ssh.port: expected a port from 1 to 65535; ignored']);
});
