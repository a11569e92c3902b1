/** Registries behind a proxy, by the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the daemon. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { makeCertificate } from './certificates.ts';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';
import { HttpProxy } from './http-proxy.ts';

/** Not loopback, for which no proxy is asked. */
const address =
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '';

describe('a registry behind a proxy', { skip: address === '' && 'no network' }, async () => {
  const registries = new Map<string, DebianRegistry>();
  const proxy = await HttpProxy.start('me:p@ss', (hostAndPort) => {
    const registry = registries.get(hostAndPort);
    const [host = '', port] = registry?.name.split(':') ?? [];
    return registry && { host, port: Number(port) };
  });
  const url = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
  const engine = useEngine({
    sharesNetwork: true,
    daemonArguments: ['--insecure-registry', 'plain.test', '--insecure-registry', 'plain.test:5000'],
    environment: { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: `direct.test,.inside.test,${address}/32` },
  });
  let secure: DebianRegistry;

  before(async () => {
    const tls = await makeCertificate(
      'DNS:secure.test',
      'DNS:direct.test',
      'DNS:a.inside.test',
      `IP:${address}`,
    );
    secure = await DebianRegistry.start({ address, tls });
    registries.set('secure.test:5000', secure);
    registries.set('plain.test:5000', await DebianRegistry.start({ address }));
    const port = secure.name.split(':')[1];
    const names = [
      'secure.test:5000',
      'other.test:5000',
      ...['direct.test', 'a.inside.test', address].map((name) => `${name}:${port}`),
    ];
    await engine().inMachine(`
      # Names that nobody but the proxy can reach, and such as need no proxy.
      echo '192.0.2.1 secure.test plain.test other.test' >>/etc/hosts
      echo '${address} direct.test a.inside.test' >>/etc/hosts
      for name in ${names.join(' ')}; do
        mkdir -p /etc/docker/certs.d/$name
        echo '${tls.certificate}' >/etc/docker/certs.d/$name/ca.crt
      done`);
  });
  afterEach(() => {
    proxy.asked.length = 0;
  });
  after(async () => {
    await proxy.stop();
    for (const registry of registries.values()) await registry.stop();
  });

  async function pushAndPull(name: string): Promise<void> {
    await engine().output('tag', 'busybox', name);
    await engine().output('push', name);
    await engine().output('rmi', name);
    await engine().output('pull', name);
    await engine().output('rmi', name);
  }

  test('is reached by CONNECT if it speaks TLS', async () => {
    await pushAndPull('secure.test:5000/box:1');
    assert.deepEqual(new Set(proxy.asked), new Set(['CONNECT secure.test:5000']));
  });

  test('is reached by whole URLs if it speaks plain HTTP', async () => {
    await pushAndPull('plain.test:5000/box:1');
    const words = new Set(proxy.asked.map((line) => line.split(' ')[0]));
    for (const word of ['GET', 'HEAD', 'POST', 'PATCH', 'PUT']) assert(words.has(word), [...words].join());
    assert(
      proxy.asked.every((line) =>
        /^(CONNECT plain.test:5000|\w+ http:\/\/plain\.test:5000\/v2\/.*)$/.test(line),
      ),
    );
  });

  test('is reached without the proxy if NO_PROXY says so', async () => {
    const port = secure.name.split(':')[1];
    for (const host of ['direct.test', 'a.inside.test', address]) await pushAndPull(`${host}:${port}/box:1`);
    assert.deepEqual(proxy.asked, []);
  });

  test('is not there if the proxy refuses', async () => {
    const { status, stderr } = await engine().docker(['pull', 'other.test:5000/box:1']);
    assert.equal(status, 1);
    assert.match(stderr, /Get "https:\/\/other\.test:5000\/v2\/": proxyconnect tcp: the proxy answered 403/);
  });

  test('shows in docker info, without the password', async () => {
    const { text } = await engine().request('GET', '/info');
    const { HttpProxy: shown, NoProxy } = JSON.parse(text);
    assert.equal(shown, `http://xxxxx:xxxxx@127.0.0.1:${proxy.port}`);
    assert.equal(NoProxy, `direct.test,.inside.test,${address}/32`);
  });
});
