import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOUD_CONFIG, CLOUD_CONFIG_DIRECTORY, METADATA, OEM_CONFIG, OS_CONFIG } from './config-files.ts';
import { parseKernelCommandLine } from './kernel-command-line.ts';
import { loadConfig } from './load.ts';
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

test('loadConfig() merges the sources in their order', async () => {
  const sources = [OS_CONFIG, OEM_CONFIG, fragment('a.yml'), fragment('b.yml'), CLOUD_CONFIG];
  // Each source sets its own key and those of all that come after it.
  const texts = sources.map((path, index) => [
    path,
    `{"rancher": {"environment": {${sources.map((_, key) => (key >= index ? `"k${key}": "${index}", ` : '')).join('')} "last": "${index}"}}}`,
  ]);
  const { config, messages } = await load(Object.fromEntries(texts), 'rancher.environment.last=line', {
    rancher: { environment: { VERSION: '1', last: 'fact' } },
  });
  assert.deepEqual(messages, []);
  assert.deepEqual(config.rancher?.environment, {
    VERSION: '1',
    ...Object.fromEntries(sources.map((_, key) => [`k${key}`, `${key}`])),
    last: 'line',
  });
});

test('loadConfig() passes over names with a dot at the front, and needs no file at all', async () => {
  const { config, messages } = await load({ [fragment('.hidden.yml')]: 'hostname: x' });
  assert.deepEqual({ config, messages }, { config: {}, messages: [] });
});

test('loadConfig() leaves out a wrong fragment with one message, and takes the others', async () => {
  const { config, messages } = await load({
    [OS_CONFIG]: '{"hostname": "os", "rancher": {"recovery": false}}',
    [fragment('1.yml')]: 'hostname: [',
    [fragment('2.yml')]: 'hostname: two\nrancher: {ssh: {port: no port}}',
    [fragment('3.yml')]: '- a list',
    [fragment('4.yml')]: 'rancher: {recovery: yes}',
    [fragment('5.yml')]: '',
  });
  assert.deepEqual(config, { hostname: 'os', rancher: { recovery: true } });
  assert.equal(messages.length, 3);
  assert.match(messages[0] ?? '', /cloud-config\.d\/1\.yml:1:\d+: .*; ignored$/);
  assert.match(
    messages[1] ?? '',
    /cloud-config\.d\/2\.yml:2:23: rancher\.ssh\.port: expected a port from 1 to 65535, got "no port"; ignored$/,
  );
  assert.match(messages[2] ?? '', /cloud-config\.d\/3\.yml: the document is not a map of keys; ignored$/);
});

test('loadConfig() leaves out a wrong word of the command line, and takes the others', async () => {
  const { config, messages } = await load(
    {},
    'rancher.modules=[no_such rancher.services=7 cc.nothing cc.hostname=box rancher.recovery=true',
  );
  assert.deepEqual(config, { hostname: 'box', rancher: { recovery: true } });
  assert.deepEqual(messages, [
    '/proc/cmdline: rancher.modules: the bracket [ is never closed; ignored',
    '/proc/cmdline: rancher.services: expected a map, got 7; ignored',
    '/proc/cmdline: nothing: unknown key, ignored',
  ]);
});

test('loadConfig() ignores a path through a value that is no map', async () => {
  const { config, messages } = await load(
    { [OS_CONFIG]: '{"rancher": {"services": {"a": {"image": "x"}}}}' },
    'rancher.services.a.image.tag=y rancher.services.a.net=host',
  );
  assert.deepEqual(config.rancher?.services, { a: { image: 'x', net: 'host' } });
  assert.equal(messages.length, 1);
});

test('loadConfig() keeps the values of secret words out of its messages', async () => {
  const { messages } = await load({}, 'quiet -- rancher.ssh.port=swordfish');
  assert.deepEqual(messages, ['/proc/cmdline: rancher.ssh.port: expected a port from 1 to 65535; ignored']);
});

test('loadConfig() says what has no effect, and where', async () => {
  const { messages } = await load({ [CLOUD_CONFIG]: '#cloud-config\nrancher:\n  upgrade: {image: x}\n' });
  assert.deepEqual(messages, [`${CLOUD_CONFIG}:3:3: rancher.upgrade: has no effect yet`]);
});

test('loadConfig() takes words behind -- after all others', async () => {
  const { config, sources } = await load({}, 'cc.hostname=a -- cc.hostname=b');
  assert.equal(config.hostname, 'b');
  assert.deepEqual(sources.map(({ values, isSecret }) => [values['hostname'], isSecret]).slice(1), [
    ['a', undefined],
    ['b', true],
  ]);
});

test('loadConfig() switches on what rancher.debug stands for', async () => {
  const { config } = await load(
    { [CLOUD_CONFIG]: 'rancher: {system_docker: {debug: false}}' },
    'rancher.debug',
  );
  assert.equal(config.rancher?.system_docker?.debug, true);
  assert.equal(config.rancher?.log, true);
});

const METADATA_TEXT = `hostname: cloud
sshpublickeys: {b: ssh-rsa B, a: ssh-rsa A, c: ssh-rsa own}
rootdisk: /dev/xvda
publicipv4: 203.0.113.7
privateipv4: "10.0.0.1\\nrancher: {recovery: true}"
`;

test('loadConfig() takes host name, disk and keys of metadata where there is room for them', async () => {
  const { config } = await load({
    [METADATA]: METADATA_TEXT,
    [CLOUD_CONFIG]: 'ssh_authorized_keys: [ssh-rsa own]',
  });
  assert.equal(config.hostname, 'cloud');
  assert.equal(config.rancher?.resize_device, '/dev/xvda');
  assert.deepEqual(config.ssh_authorized_keys, ['ssh-rsa own', 'ssh-rsa A', 'ssh-rsa B']);
  const own = await load({ [METADATA]: METADATA_TEXT }, 'cc.hostname=own rancher.resize_device=/dev/sda');
  assert.equal(own.config.hostname, 'own');
  assert.equal(own.config.rancher?.resize_device, '/dev/sda');
});

test('loadConfig() fills in the addresses of metadata, if there is any', async () => {
  const text = 'rancher: {environment: {A: "$public_ipv4", B: "[$private_ipv4]", C: "\\\\$public_ipv4"}}';
  const { config } = await load({ [METADATA]: METADATA_TEXT, [CLOUD_CONFIG]: text.replaceAll('\\\\', '\\') });
  assert.deepEqual(config.rancher?.environment, { A: '203.0.113.7', B: '[]', C: '$public_ipv4' });
  assert.deepEqual((await load({ [CLOUD_CONFIG]: 'hostname: $public_ipv4' })).config, {
    hostname: '$public_ipv4',
  });
});

test('loadConfig() does without metadata that is wrong', async () => {
  const { config, messages } = await load({ [METADATA]: '- x', [CLOUD_CONFIG]: 'hostname: a' });
  assert.deepEqual(config, { hostname: 'a' });
  assert.deepEqual(messages, [`${METADATA}: the document is not a map of keys; ignored`]);
});
