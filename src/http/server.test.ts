import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import type { Stream } from '../linux/stream.ts';
import { memoryStreamPair } from './memory-stream.ts';
import { HttpError } from './message.ts';
import { createServer, type Handler, type Server, type ServerOptions } from './server.ts';

/** A server whose clock only moves when the test says so. */
function testServer(handler: Handler, options: ServerOptions = {}) {
  const timers: (() => void)[] = [];
  const errors: unknown[] = [];
  const server = createServer(handler, {
    setTimer: (milliseconds, callback) => {
      if (milliseconds === 0) setImmediate(callback);
      else timers.push(callback);
      return () => {};
    },
    logError: (_, error) => errors.push(error),
    ...options,
  });
  return {
    server,
    errors,
    connect: (capacity?: number) => connect(server, capacity),
    /** Lets five seconds pass. */
    async tick() {
      for (const callback of timers.splice(0)) callback();
      await settle();
    },
  };
}

function connect(server: Server, capacity?: number) {
  const [client, accepted] = memoryStreamPair(capacity);
  server.accept(accepted);
  return {
    stream: client,
    send: (text: string) => client.write(encodeUtf8(text)),
    /** Everything that has arrived, without the fields that are not the test's subject. */
    received: () => received(client),
    /** Everything up to the end. */
    rest: () => readToEnd(client),
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Reads one piece at least. */
async function received(stream: Stream): Promise<string> {
  await settle();
  const data = await stream.read();
  return data === null ? '<end>' : withoutDate(decodeUtf8(data));
}

async function readToEnd(stream: Stream): Promise<string> {
  let text = '';
  for (let data = await stream.read(); data !== null; data = await stream.read()) text += decodeUtf8(data);
  return withoutDate(text);
}

function withoutDate(text: string): string {
  return text.replaceAll(/Date: .*? GMT\r\n/g, '');
}

const echoPath: Handler = (request, response) => response.json({ path: request.head.path });

test('requests on one connection are answered in order, also when they come at once', async () => {
  const { connect } = testServer(echoPath, { headers: { 'Api-Version': '1.51' } });
  const client = connect();
  await client.send('GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nConnection: close\r\n\r\n');
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n';
  assert.equal(
    await client.rest(),
    `${head}Api-Version: 1.51\r\n\r\n{"path":"/a"}\n${head}Connection: close\r\nApi-Version: 1.51\r\n\r\n{"path":"/b"}\n`,
  );
});

test('every response has a date', async () => {
  const { connect } = testServer(echoPath);
  const client = connect();
  await client.send('GET / HTTP/1.0\r\n\r\n');
  const data = await client.stream.read();
  assert.match(
    decodeUtf8(data ?? new Uint8Array()),
    /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/,
  );
});

test('HEAD and statuses without a body', async () => {
  const { connect } = testServer(async (request, response) => {
    if (request.head.path === '/none') {
      response.status = 204;
      await response.end();
    } else await response.send(encodeUtf8('OK'), 'text/plain');
  });
  const client = connect();
  await client.send('HEAD / HTTP/1.1\r\n\r\n');
  assert.equal(
    await client.received(),
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n',
  );
  await client.send('GET /none HTTP/1.1\r\n\r\n');
  assert.equal(await client.received(), 'HTTP/1.1 204 No Content\r\n\r\n');
});

test('errors become statuses, and the connection lives on', async () => {
  const { connect, errors } = testServer(
    async (request) => {
      if (request.head.path === '/missing') throw new HttpError(404, 'No such container: x');
      if (request.head.path === '/same') throw Object.assign(new Error('already started'), { status: 304 });
      throw new Error('boom');
    },
    {
      describeError: (error) =>
        error instanceof Error && 'status' in error ? (error as HttpError) : undefined,
    },
  );
  const client = connect();
  await client.send('GET /missing HTTP/1.1\r\n\r\n');
  assert.equal(
    await client.received(),
    'HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n{"message":"No such container: x"}\n',
  );
  await client.send('GET /same HTTP/1.1\r\n\r\n');
  assert.equal(await client.received(), 'HTTP/1.1 304 Not Modified\r\n\r\n');
  assert.equal(errors.length, 0);
  await client.send('GET /bug HTTP/1.1\r\n\r\n');
  assert.match(await client.received(), /^HTTP\/1\.1 500 .*\{"message":"boom"\}\n$/s);
  assert.equal(errors.length, 1);
});

test('a handler that forgets to answer is reported', async () => {
  const { connect, errors } = testServer(async () => {});
  const client = connect();
  await client.send('GET /x HTTP/1.1\r\n\r\n');
  assert.match(await client.received(), /^HTTP\/1\.1 500 .*GET \/x was not answered/s);
  assert.equal(errors.length, 1);
});

test('an error after the response began ends the connection, visibly incomplete', async () => {
  const { connect, errors } = testServer(async (_, response) => {
    await response.startChunked();
    await response.write(encodeUtf8('half'));
    throw new Error('boom');
  });
  const client = connect();
  await client.send('GET / HTTP/1.1\r\n\r\n');
  assert.match(await client.rest(), /\r\n\r\n4\r\nhalf\r\n$/);
  assert.equal(errors.length, 1);
});

test('a malformed request is answered once and its connection closed', async () => {
  const { connect, server } = testServer(echoPath);
  const client = connect();
  await client.send('GET / HTTP/3.0\r\n\r\nGET / HTTP/1.1\r\n\r\n');
  const answer = await client.rest();
  assert.match(
    answer,
    /^HTTP\/1\.1 505 .*Connection: close\r\n\r\n\{"message":"HTTP\/3\.0 is not supported"\}\n$/s,
  );
  client.stream.close();
  await settle();
  assert.equal(server.connectionCount, 0);
});

test('bodies: whole, too long, malformed, unwanted', async () => {
  const { connect } = testServer(async (request, response) => {
    if (request.head.path === '/ignore') await response.end();
    else await response.send(await request.readAll(8), 'text/plain');
  });
  const client = connect();
  await client.send('POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\n1234');
  await client.send('5678');
  assert.match(await client.received(), /\r\n\r\n12345678$/);
  await client.send('POST /ignore HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  assert.match(await client.received(), /^HTTP\/1\.1 200 OK/);
  await client.send('0\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789');
  assert.match(await client.received(), /^HTTP\/1\.1 413 .*longer than 8 bytes/s);
  await client.send('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 400 .*invalid chunk size"\}\n$/s);
});

test('a body that is too long to be read for nothing ends the connection', async () => {
  const { connect } = testServer(async (request, response) => {
    await response.send(await request.readAll(8));
  });
  const client = connect();
  await client.send('POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n{}');
  assert.match(await client.rest(), /^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/s);
});

test('the go-ahead for a body is given when it is wanted, and never otherwise', async () => {
  const { connect } = testServer(async (request, response) => {
    if (request.head.path === '/refuse') throw new HttpError(409, 'no');
    await response.send(await request.readAll(100), 'text/plain');
  });
  const client = connect();
  await client.send('POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  assert.equal(await client.received(), 'HTTP/1.1 100 Continue\r\n\r\n');
  await client.send('hi');
  assert.match(await client.received(), /\r\n\r\nhi$/);
  await client.send('POST /refuse HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1\.1 409 .*Connection: close\r\n/s);
});

test('a stream sends its head and every piece at once', async () => {
  let finish = () => {};
  const { connect } = testServer(async (_, response) => {
    await response.startChunked();
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    await response.write(encodeUtf8('{"StatusCode":5}\n'));
  });
  const client = connect();
  await client.send('POST /wait HTTP/1.1\r\n\r\n');
  assert.equal(
    await client.received(),
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  finish();
  assert.equal(await client.received(), '11\r\n{"StatusCode":5}\n\r\n');
  assert.equal(await client.received(), '0\r\n\r\n');
});

test('a slow reader makes writes wait, not memory grow', async () => {
  let written = 0;
  const { connect } = testServer(async (_, response) => {
    await response.startChunked();
    for (; written < 100; written++) await response.write(new Uint8Array(1000));
  });
  const client = connect(4000);
  await client.send('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
  await settle();
  assert(written < 10, `${written} pieces were written`);
  await client.rest();
  assert.equal(written, 100);
});

test('a handler learns that its client has gone', async () => {
  let hasGone = false;
  const { connect, server } = testServer(async (request, response) => {
    await response.startChunked();
    await new Promise<void>((resolve) => request.onDisconnect(resolve));
    hasGone = true;
  });
  const client = connect();
  await client.send('GET /events HTTP/1.1\r\n\r\n');
  await client.received();
  assert.equal(hasGone, false);
  client.stream.close();
  await settle();
  assert.equal(hasGone, true);
  assert.equal(server.connectionCount, 0);
});

test('watching for a disconnect does not lose the next request', async () => {
  let finish = () => {};
  const { connect } = testServer(async (request, response) => {
    request.onDisconnect(assert.fail);
    if (request.head.path === '/first') {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    }
    await response.json(request.head.path);
  });
  const client = connect();
  await client.send('GET /first HTTP/1.1\r\n\r\n');
  await settle();
  await client.send('GET /second HTTP/1.1\r\n\r\n');
  finish();
  assert.match(await client.received(), /"\/first"\n$/);
  assert.match(await client.received(), /"\/second"\n$/);
});

/** Answers with what it reads, upper-cased, until the client half-closes; then says so. */
const shout: Handler = async (request, response) => {
  const start = request.headers.has('content-length') ? decodeUtf8(await request.readAll(100)) : '';
  const stream = await response.hijack('application/vnd.docker.raw-stream');
  for (let data = await stream.read(); data !== null; data = await stream.read()) {
    await stream.write(encodeUtf8(decodeUtf8(data).toUpperCase()));
  }
  await stream.write(encodeUtf8(`${start}bye`));
  stream.close();
};

test('hijack with upgrade: the body comes first, then raw bytes, half-close does not stop the answer', async () => {
  const { connect, server } = testServer(shout);
  const client = connect();
  await client.send(
    'POST /exec/x/start HTTP/1.1\r\nContent-Length: 4\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}\r\nearly',
  );
  assert.equal(
    await client.received(),
    'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
  );
  assert.equal(await client.received(), 'EARLY');
  await client.send('late');
  client.stream.end();
  assert.equal(await client.rest(), 'LATE{}\r\nbye');
  await settle();
  assert.equal(server.connectionCount, 0);
});

test('hijack without upgrade: a body that ends with the connection', async () => {
  const { connect } = testServer(shout);
  const client = connect();
  await client.send('POST /containers/x/attach HTTP/1.1\r\n\r\nraw');
  assert.equal(
    await client.received(),
    'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n',
  );
  client.stream.end();
  assert.equal(await client.rest(), 'RAWbye');
});

test('hijack without upgrade: a chunked request body is the input', async () => {
  const { connect } = testServer(shout);
  const client = connect();
  await client.send('POST /containers/x/attach HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
  await client.received();
  assert.equal(await client.received(), 'AB');
  await client.send('1\r\nc\r\n0\r\n\r\n');
  assert.equal(await client.rest(), 'Cbye');
});

test('hijack takes over a read that was watching for a disconnect', async () => {
  const { connect } = testServer(async (request, response) => {
    request.onDisconnect(() => {});
    await shout(request, response);
  });
  const client = connect();
  await client.send('POST /attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
  await client.received();
  await client.send('abc');
  assert.equal(await client.received(), 'ABC');
});

test('slow clients are closed in time, waiting ones are not', async () => {
  const { connect, server, tick } = testServer(
    async (request, response) => {
      if (request.head.path === '/wait') await new Promise<void>((resolve) => request.onDisconnect(resolve));
      else await response.send(await request.readAll(100));
    },
    { timeouts: { idle: 20, head: 10, body: 10 } },
  );
  const [idle, head, body, waiting] = [connect(), connect(), connect(), connect()];
  await head.send('GET / HTTP/1.1\r\nHo');
  await body.send('POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1');
  await waiting.send('GET /wait HTTP/1.1\r\n\r\n');
  await settle();
  await tick();
  await tick();
  assert.equal(server.connectionCount, 4);
  await tick();
  assert.equal(server.connectionCount, 2);
  assert.equal(await head.received(), '<end>');
  for (let count = 0; count < 20; count++) await tick();
  assert.equal(server.connectionCount, 1);
  assert.equal(await idle.received(), '<end>');
  waiting.stream.close();
  await settle();
  assert.equal(server.connectionCount, 0);
});

test('a client that does not take its response is given up', async () => {
  const { connect, server, tick } = testServer((_, response) => response.send(new Uint8Array(100_000)));
  const client = connect(50);
  await client.send('GET / HTTP/1.1\r\n\r\n');
  await settle();
  for (let count = 0; count < 15; count++) await tick();
  assert.equal(server.connectionCount, 0);
});

test('when all connections are in use, idle ones go first and then new ones are refused', async () => {
  const { connect, server } = testServer(
    (request) => new Promise<void>((resolve) => request.onDisconnect(resolve)),
    { maximumConnections: 2 },
  );
  const busy = connect();
  await busy.send('GET / HTTP/1.1\r\n\r\n');
  const idle = connect();
  await settle();
  const third = connect();
  assert.equal(await idle.received(), '<end>');
  await third.send('GET / HTTP/1.1\r\n\r\n');
  await settle();
  const fourth = connect();
  assert.match(await fourth.rest(), /^HTTP\/1\.1 503 /);
  assert.equal(server.connectionCount, 2);
});

test('a client that always has more to send does not keep others waiting', async () => {
  const { connect, server } = testServer(async (request, response) => {
    while ((await request.read()) !== null);
    await response.end();
  });
  const pieces = ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'];
  let isFlooding = true;
  server.accept({
    fd: -1,
    read: async () => (isFlooding ? encodeUtf8(pieces.shift() ?? '1\r\na\r\n') : null),
    write: async () => {},
    end: () => {},
    close: () => {},
  });
  const other = connect();
  await other.send('GET / HTTP/1.1\r\n\r\n');
  assert.match(await other.received(), /^HTTP\/1\.1 200 OK/);
  isFlooding = false;
  await settle();
  assert.equal(server.connectionCount, 1);
});

test('header values cannot break out of their line', async () => {
  const { connect } = testServer(async (_, response) => {
    response.setHeader('X', 'a\r\nEvil: b');
    await response.end();
  });
  const client = connect();
  await client.send('GET / HTTP/1.1\r\n\r\n');
  assert.match(await client.received(), /X: a Evil: b\r\n/);
});
