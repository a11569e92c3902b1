/** Proving to a registry who one is: client certificates, identity tokens, accounts in builds. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { after, afterEach, before, describe, test } from 'node:test';
import { build } from './build-context.ts';
import { makeCertificate, type TestCertificate } from './certificates.ts';
import { useEngine } from './engine-under-test.ts';
import { layerOf } from './image-archives.ts';
import { registryImage } from './registry-images.ts';
import { refuse, ScriptedRegistry } from './scripted-registry.ts';

const address =
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '';

const stored = registryImage({ layers: [layerOf({ name: 'file', content: 'of the registry' })] });

describe('a registry that wants a certificate', { skip: address === '' && 'no network' }, () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: ScriptedRegistry;
  let server: TestCertificate;
  let client: TestCertificate;
  before(async () => {
    [server, client] = [await makeCertificate(`IP:${address}`), await makeCertificate('DNS:client')];
    registry = await ScriptedRegistry.start({ address, tls: { ...server, clients: client.certificate } });
    registry.put('team/box', '1', stored);
  });
  after(() => registry.stop());

  /** Puts a PEM text where the engine looks for it. */
  async function install(file: string, text: string): Promise<void> {
    const folder = `/etc/docker/certs.d/${registry.name}`;
    await engine().inMachine(`mkdir -p ${folder}; cat >${folder}/${file} <<'END'\n${text}END\n`);
  }

  test('gives nothing to those without one', async () => {
    await install('ca.crt', server.certificate);
    const { status, stderr } = await engine().docker(['pull', `${registry.name}/team/box:1`]);
    assert.equal(status, 1);
    assert.match(stderr, /certificate required/);
    assert.equal(registry.requests.length, 0);
  });

  test('is not asked with half a certificate', async () => {
    await install('client.cert', client.certificate);
    const { stderr } = await engine().docker(['pull', `${registry.name}/team/box:1`]);
    assert.match(stderr, /missing key client\.key for client certificate client\.cert/);
  });

  test('gives its images to those with one', async () => {
    await install('client.key', client.key);
    await engine().output('pull', `${registry.name}/team/box:1`);
    await engine().output('rmi', `${registry.name}/team/box:1`);
  });
});

describe('a registry with a token server', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: ScriptedRegistry;
  /** What the token server was asked. */
  const asked: { method: string; parameters: URLSearchParams; authorization: string | undefined }[] = [];

  before(async () => {
    registry = await ScriptedRegistry.start();
    registry.put('private/box', '1', stored);
    registry.intercept = (request, response) => {
      const { url = '', method = '', headers } = request;
      if (url.startsWith('/token')) {
        void body(request).then((text) => {
          const parameters = new URLSearchParams(method === 'POST' ? text : url.split('?')[1]);
          asked.push({ method, parameters, authorization: headers.authorization });
          const isUser = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
          const isKnown = parameters.get('refresh_token') === 'identity';
          if (!isUser && !isKnown) refuse(response, 401, 'UNAUTHORIZED', 'incorrect username or password');
          else response.end(JSON.stringify({ access_token: 'pass', refresh_token: 'identity' }));
        });
        return true;
      }
      if (headers.authorization === 'Bearer pass') return false;
      const realm = `http://${registry.name}/token`;
      response.setHeader('WWW-Authenticate', `Bearer realm="${realm}",service="here"`);
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
      return true;
    };
  });
  afterEach(() => {
    asked.length = 0;
  });
  after(() => registry.stop());

  const login = (password: string) =>
    engine().docker(['login', '--username', 'me', '--password-stdin', registry.name], { input: password });

  test('gives an identity token at a login, which stands for the password from then on', async () => {
    const wrong = await login('wrong');
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /unauthorized: incorrect username or password/);
    asked.length = 0;
    assert.match((await login('secret')).stdout, /Login Succeeded/);
    assert.equal(asked[0]?.parameters.get('offline_token'), 'true');
    await engine().output('pull', `${registry.name}/private/box:1`);
    const last = asked.at(-1);
    assert.equal(last?.method, 'POST');
    assert.equal(last?.authorization, undefined);
    assert.deepEqual(Object.fromEntries(last?.parameters ?? []), {
      service: 'here',
      client_id: 'docker',
      scope: 'repository:private/box:pull',
      grant_type: 'refresh_token',
      refresh_token: 'identity',
    });
    await engine().output('rmi', `${registry.name}/private/box:1`);
  });

  test('gives a build the image of FROM', async () => {
    const name = `${registry.name}/private/box:1`;
    const dockerfile = `FROM ${name} AS base\nFROM busybox\nCOPY --from=base /file /copy\n`;
    const { status, stdout, stderr } = await build(engine(), dockerfile, { words: ['--tag', 'built'] });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^1: Pulling from private\/box$/m);
    assert.match(stdout, /: Pull complete$/m);
    assert.equal(
      await engine().output('run', '--rm', '--network', 'none', 'built', 'cat', '/copy'),
      'of the registry',
    );
    await engine().output('rmi', 'built', name);
  });

  test('gives a build nothing without an account, and the build says what is missing', async () => {
    await engine().output('logout', registry.name);
    const { status, stderr } = await build(engine(), `FROM ${registry.name}/private/box:1\n`);
    assert.equal(status, 1);
    assert.match(stderr, /^unauthorized: incorrect username or password$/m);
    assert.equal(await engine().output('ps', '--all', '--quiet'), '');
  });
});

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}
