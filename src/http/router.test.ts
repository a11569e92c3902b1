import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8 } from '../linux/bytes.ts';
import { exchange } from './client.ts';
import { memoryStreamPair } from './memory-stream.ts';
import { createRouter, type Route, type RouteHandler } from './router.ts';
import { createServer } from './server.ts';

const echo =
  (name: string): RouteHandler =>
  ({ response, params, query, version }) =>
    response.json({ name, params, all: query.get('all')?.[0], version });

const ROUTES: Route[] = [
  ['GET', '/containers/json', 'list'],
  ['GET', '/containers/{id}/json', 'inspect'],
  ['POST', '/containers/{id}/start', 'start'],
  ['GET', '/images/json', 'images'],
  ['GET', '/images/get', 'save'],
  ['GET', '/images/{name:.*}/get', 'save one'],
  ['GET', '/images/{name:.*}/json', 'inspect image'],
  ['POST', '/images/{name:.*}/push', 'push'],
  ['GET', '/_ping', 'ping'],
].map(([method = '', template = '', name = '']) => ({ method, template, handler: echo(name) }));

async function request(method: string, target: string): Promise<{ status: number; body: unknown }> {
  const server = createServer(createRouter(ROUTES), { setTimer: () => () => {}, logError: assert.fail });
  const [client, accepted] = memoryStreamPair();
  server.accept(accepted);
  const response = await exchange(client, { method, target });
  return { status: response.status, body: JSON.parse(decodeUtf8(await response.readAll())) };
}

async function matched(method: string, target: string): Promise<unknown> {
  const { status, body } = await request(method, target);
  assert.equal(status, 200, `${method} ${target}`);
  return body;
}

test('templates, versions and queries', async () => {
  assert.deepEqual(await matched('GET', '/containers/json?all=1'), { name: 'list', params: {}, all: '1' });
  assert.deepEqual(await matched('GET', '/v1.51/containers/c1/json'), {
    name: 'inspect',
    params: { id: 'c1' },
    version: '1.51',
  });
  assert.deepEqual(await matched('POST', '/containers/a%20b/start'), {
    name: 'start',
    params: { id: 'a b' },
  });
  assert.deepEqual(await matched('GET', '/v1.24/_ping'), { name: 'ping', params: {}, version: '1.24' });
});

test('image names contain slashes, colons and the words of other routes', async () => {
  const params = async (method: string, target: string) =>
    ((await matched(method, target)) as { params: { name: string } }).params.name;
  assert.equal(await params('POST', '/v1.51/images/127.0.0.1:5000/a/b/push?tag=1'), '127.0.0.1:5000/a/b');
  assert.equal(
    await params('GET', '/images/docker.io%2Flibrary%2Fbusybox/json'),
    'docker.io/library/busybox',
  );
  assert.equal(await params('GET', '/images/json/json'), 'json');
  assert.equal(await params('GET', '/images/a/get/json'), 'a/get');
});

test('a container name may carry its leading slash', async () => {
  assert.deepEqual(await matched('GET', '/containers//c1/json'), { name: 'inspect', params: { id: 'c1' } });
});

test("everything else is Docker's 404", async () => {
  const notFound = { status: 404, body: { message: 'page not found' } };
  for (const target of [
    '/',
    '/nope',
    '/containers',
    '/containers/c1',
    '/containers/a/b/json',
    '/v1.51',
    '/v1.51/',
    '/v1/_ping',
    '/containers/c1/jsonx',
  ]) {
    assert.deepEqual(await request('GET', target), notFound, target);
  }
  assert.deepEqual(await request('DELETE', '/_ping'), notFound);
  assert.equal((await request('GET', '/containers/%zz/json')).status, 400);
});
