import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { type ByteSource, exchange, type OutgoingRequest } from './client.ts';
import { memoryStreamPair } from './memory-stream.ts';

/** Sends a request to a server that answers with the given pieces; what the server got, and what came back. */
async function converse(request: OutgoingRequest, pieces: readonly string[]) {
  const [client, server] = memoryStreamPair();
  for (const piece of pieces) await server.write(encodeUtf8(piece));
  server.end();
  const response = await exchange(client, request);
  return { response, sent: decodeUtf8((await server.read()) ?? new Uint8Array()) };
}

async function bodyOf(pieces: readonly string[], method = 'GET'): Promise<string> {
  const { response } = await converse({ method, target: '/' }, pieces);
  return decodeUtf8(await response.readAll());
}

function sourceOf(...pieces: string[]): ByteSource {
  return {
    async read() {
      const piece = pieces.shift();
      return piece === undefined ? null : encodeUtf8(piece);
    },
  };
}

test('what is sent', async () => {
  const answer = ['HTTP/1.1 204 No Content\r\n\r\n'];
  const start = await converse({ method: 'POST', target: '/containers/x/start?a=b' }, answer);
  assert.equal(
    start.sent,
    'POST /containers/x/start?a=b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: paddock\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
  const body = encodeUtf8('{}');
  const exec = await converse(
    { method: 'POST', target: '/', headers: { 'X-Y': 'z' }, body, upgrade: 'tcp' },
    answer,
  );
  assert.match(exec.sent, /X-Y: z\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n\{\}$/);
  const load = await converse({ method: 'POST', target: '/', body: sourceOf('hello', '', ' world') }, answer);
  assert.match(load.sent, /Transfer-Encoding: chunked\r\n\r\n/);
});

test('bodies by length, in chunks, up to the end, and none', async () => {
  assert.equal(await bodyOf(['HTTP/1.1 200 OK\r\nContent-Len', 'gth: 5\r\n\r\nhe', 'llo']), 'hello');
  assert.equal(
    await bodyOf([
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r',
      '\nd\r\n0\r\n\r\n',
    ]),
    'abcd',
  );
  assert.equal(await bodyOf(['HTTP/1.0 200 OK\r\n\r\nabc', 'def']), 'abcdef');
  assert.equal(await bodyOf(['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n']), '');
  assert.equal(await bodyOf(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], 'HEAD'), '');
  assert.equal(
    await bodyOf(['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx']),
    'x',
  );
});

test('answers that are cut off or not HTTP', async () => {
  const refused = (pieces: string[], message: RegExp) =>
    assert.rejects(bodyOf(pieces), { status: 502, message });
  await refused([], /without a response/);
  await refused(['HTTP/1.1 200 O'], /without a response/);
  await refused(['SSH-2.0-dropbear\r\n\r\n'], /not HTTP/);
  await refused(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell'], /within its response/);
  await refused(
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    /within its response/,
  );
});

test('an upgraded connection gives the bytes that came with the head', async () => {
  const upgraded = ['HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\nab', 'c'];
  const { response } = await converse({ method: 'POST', target: '/', upgrade: 'tcp' }, upgraded);
  assert.equal(response.status, 101);
  const stream = response.rawStream();
  const pieces: string[] = [];
  for (let data = await stream.read(); data !== null; data = await stream.read())
    pieces.push(decodeUtf8(data));
  assert.deepEqual(pieces, ['ab', 'c']);
});

test('an answer that comes before the request is sent completely is not lost', async () => {
  const [client, server] = memoryStreamPair(10);
  await server.write(encodeUtf8('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n'));
  server.close();
  const response = await exchange(client, { method: 'POST', target: '/', body: sourceOf('x'.repeat(1000)) });
  assert.equal(response.status, 413);
});

test('a body that cannot be read fails the request with its own error', async () => {
  const [client] = memoryStreamPair();
  const body: ByteSource = { read: () => Promise.reject(new Error('input/output error')) };
  await assert.rejects(exchange(client, { method: 'POST', target: '/', body }), {
    message: 'input/output error',
  });
});
