import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { makeCertificate } from './certificates.ts';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';

/** An address that is not loopback, which would be insecure by default. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
/** `user` with the password `secret` (bcrypt). */
const ACCOUNTS = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

describe('a registry with TLS and accounts', { skip: address === undefined && 'no network' }, () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: DebianRegistry;
  let certificate: string;
  before(async () => {
    const tls = await makeCertificate(`IP:${address}`, 'DNS:registry.test');
    certificate = tls.certificate;
    registry = await DebianRegistry.start({ address: address ?? '', tls, accounts: ACCOUNTS });
  });
  after(() => registry.stop());

  const login = (password: string) =>
    engine().docker(['login', '--username', 'user', '--password-stdin', registry.name], { input: password });

  test('is not trusted before its certificate is', async () => {
    const refused = await engine().docker(['pull', `${registry.name}/team/box:1`]);
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /tls: failed to verify certificate: x509: certificate signed by unknown authority/,
    );
    const folder = `/etc/docker/certs.d/${registry.name}`;
    await engine().inMachine(`mkdir -p ${folder}; cat >${folder}/ca.crt <<'END'\n${certificate}END\n`);
  });

  test('wants to know who comes', async () => {
    const anonymous = await engine().docker(['pull', `${registry.name}/team/box:1`]);
    assert.match(anonymous.stderr, /no basic auth credentials/);
    const wrong = await login('wrong');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /unauthorized: authentication required/);
    assert.match((await login('secret')).stdout, /Login Succeeded/);
  });

  test('takes and gives images of people with an account', async () => {
    const name = `${registry.name}/team/box:1`;
    await engine().output('tag', 'busybox', name);
    assert.match(await engine().output('push', name), /^1: digest: sha256:/m);
    await engine().output('rmi', name);
    await engine().output('pull', name);
    assert.equal(await engine().output('run', '--rm', '--network', 'none', name, 'echo', 'hello'), 'hello');
    const answer = await engine().request('GET', `/distribution/${name}/json`, {
      headers: {
        'X-Registry-Auth': Buffer.from('{"username":"user","password":"secret"}').toString('base64url'),
      },
    });
    const { Descriptor, Platforms } = JSON.parse(answer.text);
    assert.equal(Descriptor.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
    assert.equal(
      `${registry.name}/team/box@${Descriptor.digest}`,
      await engine().inspect(name, '{{index .RepoDigests 0}}'),
    );
    assert.deepEqual(Platforms, [{ os: 'linux', architecture: 'amd64' }]);
    const denied = await engine().request('GET', `/distribution/${name}/json`);
    assert.match(denied.text, /no basic auth credentials/);
    await engine().output('rmi', name);
    await engine().output('logout', registry.name);
  });

  test('is not believed to be another', async () => {
    await engine().inMachine(`
      echo '${address} other.test registry.test' >>/etc/hosts
      for name in other registry; do
        cp -r /etc/docker/certs.d/${registry.name} /etc/docker/certs.d/$name.test:${registry.name.split(':')[1]}
      done`);
    const port = registry.name.split(':')[1];
    const right = await engine().docker(['pull', `registry.test:${port}/x`]);
    assert.match(right.stderr, /no basic auth credentials/);
    const other = await engine().docker(['pull', `other.test:${port}/x`]);
    assert.match(other.stderr, /x509: hostname mismatch/);
  });
});
