import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStreamPair } from '../http/memory-stream.ts';
import { createRouter, type RouteContext } from '../http/router.ts';
import { createServer } from '../http/server.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { EngineApiError, EngineClient } from './client.ts';
import { connectorFor } from './client-connection.ts';
import { encodeFrame, MULTIPLEXED_STREAM } from './stdcopy.ts';

/** A client of an engine that has one route. */
function clientOf(
  method: string,
  template: string,
  handler: (context: RouteContext) => Promise<void>,
): EngineClient {
  const server = createServer(createRouter([{ method, template, handler }]), {
    setTimer: () => () => {},
    logError: assert.fail,
  });
  return new EngineClient(async () => {
    const [client, accepted] = memoryStreamPair();
    server.accept(accepted);
    return client;
  });
}

test('lists are asked for with filters and parsed', async () => {
  const client = clientOf('GET', '/containers/json', ({ query, response }) =>
    response.json([{ Id: 'abc', all: query.get('all'), filters: query.get('filters') }]),
  );
  const [container] = await client.listContainers({
    all: true,
    size: false,
    filters: { label: ['a=b', 'c'] },
  });
  assert.deepEqual(container, { Id: 'abc', all: ['1'], filters: ['{"label":{"a=b":true,"c":true}}'] });
});

test('error answers become exceptions with status and message', async () => {
  const client = clientOf('POST', '/containers/{id}/start', async ({ params, response }) => {
    await response.fail({ status: 404, message: `No such container: ${params['id']}` });
  });
  await assert.rejects(client.startContainer('a/b c'), (error) => {
    assert(error instanceof EngineApiError);
    assert.deepEqual([error.status, error.message], [404, 'No such container: a/b c']);
    return true;
  });
});

test('an error answer that is not JSON is quoted', async () => {
  const client = clientOf('GET', '/info', async ({ response }) => {
    response.status = 502;
    await response.send(encodeUtf8('bad gateway\n'), 'text/plain');
  });
  await assert.rejects(client.info(), { status: 502, message: 'bad gateway' });
});

test('start tells whether it changed anything', async () => {
  const client = clientOf('POST', '/containers/{id}/start', async ({ params, response }) => {
    response.status = params['id'] === 'new' ? 204 : 304;
    await response.end();
  });
  assert.equal(await client.startContainer('new'), true);
  assert.equal(await client.startContainer('running'), false);
});

test('create sends the configuration as JSON and the name in the query', async () => {
  const client = clientOf('POST', '/containers/create', async ({ request, query, response }) => {
    assert.equal(request.headers.get('content-type'), 'application/json');
    const body = JSON.parse(decodeUtf8(await request.readAll(1000))) as { Image: string };
    response.status = 201;
    await response.json({ Id: `${query.get('name')?.[0]}-${body.Image}`, Warnings: [] });
  });
  assert.equal((await client.createContainer({ Image: 'busybox' }, 'c1')).Id, 'c1-busybox');
});

test('image names keep their slashes', async () => {
  const client = clientOf('POST', '/images/{name:.*}/tag', async ({ params, query, request, response }) => {
    assert.equal(request.head.path, '/images/127.0.0.1%3A5000/a/b%401/tag');
    assert.equal(params['name'], '127.0.0.1:5000/a/b@1');
    assert.deepEqual(query.get('repo'), ['x/y']);
    response.status = 201;
    await response.end();
  });
  await client.tagImage('127.0.0.1:5000/a/b@1', { repo: 'x/y', tag: '1' });
});

test('wait resolves when it is registered, its result later', async () => {
  let exit = () => {};
  const client = clientOf('POST', '/containers/{id}/wait', async ({ query, response }) => {
    await response.startChunked();
    await new Promise<void>((resolve) => {
      exit = resolve;
    });
    await response.write(encodeUtf8(`{"StatusCode":5,"condition":"${query.get('condition')?.[0]}"}\n`));
  });
  const pending = await client.waitContainer('c1', 'next-exit');
  exit();
  assert.deepEqual(await pending.result, { StatusCode: 5, condition: 'next-exit' });
});

test('an exec: JSON first, then input one way and frames the other', async () => {
  const client = clientOf('POST', '/exec/{id}/start', async ({ request, response }) => {
    assert.equal(request.wantsUpgrade, true);
    const body = decodeUtf8(await request.readAll(1000));
    const stream = await response.hijack(MULTIPLEXED_STREAM);
    const parts: Uint8Array[] = [];
    for (let data = await stream.read(); data !== null; data = await stream.read()) parts.push(data);
    await stream.write(encodeFrame('stdout', concatBytes(parts)));
    await stream.write(encodeFrame('stderr', encodeUtf8(body)));
    stream.close();
  });
  const { output, write, end } = await client.startExec('x', { tty: false });
  await write(encodeUtf8('in'));
  end();
  const first = await output.read();
  assert.deepEqual([first?.name, decodeUtf8(first?.data ?? new Uint8Array())], ['stdout', 'in']);
  const second = await output.read();
  assert.deepEqual(
    [second?.name, decodeUtf8(second?.data ?? new Uint8Array())],
    ['stderr', '{"Detach":false,"Tty":false}'],
  );
  assert.equal(await output.read(), null);
});

test('load sends an archive in chunks and reads messages', async () => {
  const client = clientOf('POST', '/images/load', async ({ request, response }) => {
    const { length } = await request.readAll(1_000_000);
    await response.startChunked();
    await response.write(encodeUtf8(`{"stream":"Loaded ${length} bytes\\n"}\n{"error":"and then failed"}\n`));
  });
  const pieces = [new Uint8Array(100_000), new Uint8Array(1)];
  const messages = await client.loadImages({ read: async () => pieces.shift() ?? null });
  assert.deepEqual(await messages.read(), { stream: 'Loaded 100001 bytes\n' });
  assert.deepEqual(await messages.read(), { error: 'and then failed' });
  assert.equal(await messages.read(), null);
});

test('addresses', () => {
  for (const address of [
    'unix:///run/x.sock',
    '/run/x.sock',
    'tcp://127.0.0.1:2375',
    'tcp://localhost:2375/',
  ]) {
    assert.equal(typeof connectorFor(address), 'function');
  }
  for (const address of [
    '',
    'run/x.sock',
    'unix://',
    'tcp://127.0.0.1',
    'tcp://h:99999',
    'ssh://host',
    'npipe:////x',
  ]) {
    assert.throws(() => connectorFor(address), /expected unix:\/\/\/path or tcp:\/\/address:port/, address);
  }
});
