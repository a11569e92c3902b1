import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { HttpError } from './message.ts';
import { type RequestHead, RequestParser } from './request-parser.ts';

interface Parsed {
  readonly head: RequestHead;
  readonly body: string;
}

/** Feeds the pieces and collects every complete request. */
function parse(pieces: readonly Uint8Array[]): Parsed[] {
  const parser = new RequestParser();
  const requests: Parsed[] = [];
  let head: RequestHead | undefined;
  let body: Uint8Array[] = [];
  for (const piece of pieces) {
    parser.push(piece.slice());
    for (;;) {
      if (head === undefined) {
        head = parser.nextHead();
        if (head === undefined) break;
      }
      const data = parser.nextBody();
      if (data === undefined) break;
      if (data !== null) {
        body.push(data);
        continue;
      }
      requests.push({ head, body: decodeUtf8(concatBytes(body)) });
      head = undefined;
      body = [];
    }
  }
  return requests;
}

function parseText(text: string): Parsed[] {
  return parse([encodeUtf8(text)]);
}

function statusOf(text: string): number {
  try {
    parseText(text);
  } catch (error) {
    assert(error instanceof HttpError, String(error));
    return error.status;
  }
  return 200;
}

const CLI_REQUESTS = [
  'GET /v1.51/containers/json?all=1&filters=%7B%22name%22%3A%7B%22d1%22%3Atrue%7D%7D HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/28.5.2 (linux)\r\n\r\n',
  'POST /v1.51/exec/bd41/start HTTP/1.1\r\nHost: api.moby.localhost\r\nContent-Length: 29\r\nConnection: Upgrade\r\nContent-Type: application/json\r\nUpgrade: tcp\r\n\r\n{"Detach":false,"Tty":false}\n',
  '\r\nPOST /images/load?quiet=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x="y"\r\n\u00e9\u00e8-\n\r\n0\r\nX-Sum: 1\r\n\r\n',
  'HEAD /_ping HTTP/1.0\r\n\r\n',
].join('');

test('requests of the CLI, one behind the other', () => {
  const requests = parseText(CLI_REQUESTS);
  assert.deepEqual(
    requests.map(({ head, body }) => [head.method, head.path, head.version, body]),
    [
      ['GET', '/v1.51/containers/json', '1.1', ''],
      ['POST', '/v1.51/exec/bd41/start', '1.1', '{"Detach":false,"Tty":false}\n'],
      ['POST', '/images/load', '1.1', 'hello\u00e9\u00e8-\n'],
      ['HEAD', '/_ping', '1.0', ''],
    ],
  );
  assert.equal(requests[0]?.head.query, 'all=1&filters=%7B%22name%22%3A%7B%22d1%22%3Atrue%7D%7D');
  assert.equal(requests[1]?.head.headers.get('content-type'), 'application/json');
});

test('header fields: any case, any padding, repeated', () => {
  const [request] = parseText('GET / HTTP/1.1\r\nACCEPT:a\r\naccept: \t b \r\nEmpty:\r\nX: \u00fc\r\n\r\n');
  assert.deepEqual(
    [...(request?.head.headers ?? [])],
    [
      ['accept', 'a, b'],
      ['empty', ''],
      ['x', '\u00fc'],
    ],
  );
});

test('targets in absolute form', () => {
  const [request] = parseText('GET http://docker/info?x=1 HTTP/1.1\r\n\r\n');
  assert.deepEqual([request?.head.path, request?.head.query], ['/info', 'x=1']);
  assert.equal(parseText('GET http://docker HTTP/1.1\r\n\r\n')[0]?.head.path, '/');
});

test('what is not HTTP is refused with the right status', () => {
  const cases: [number, string][] = [
    [400, 'GET /\r\n\r\n'],
    [400, 'GET  / HTTP/1.1\r\n\r\n'],
    [400, 'GET /a b HTTP/1.1\r\n\r\n'],
    [400, 'GET /\u0001 HTTP/1.1\r\n\r\n'],
    [400, 'GET info HTTP/1.1\r\n\r\n'],
    [400, 'G@T / HTTP/1.1\r\n\r\n'],
    [400, 'GET / HTTP/1.1\n\n'],
    [400, 'GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n'],
    [400, 'GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n'],
    [400, 'GET / HTTP/1.1\r\nA : b\r\n\r\n'],
    [400, 'GET / HTTP/1.1\r\nno colon\r\n\r\n'],
    [400, 'GET / HTTP/1.1\r\nA: \u0000\r\n\r\n'],
    [400, 'GET / HTTP/1.1\r\nA: b\rc\r\n\r\n'],
    [505, 'GET / HTTP/2.0\r\n\r\n'],
    [414, `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`],
    [414, `GET /${'a'.repeat(70_000)}`],
    [431, `GET / HTTP/1.1\r\nA: ${'a'.repeat(70_000)}`],
    [431, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(101)}\r\n`],
    [200, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(100)}\r\n`],
  ];
  for (const [status, text] of cases) assert.equal(statusOf(text), status, JSON.stringify(text.slice(0, 60)));
});

test('ambiguous and malformed bodies are refused', () => {
  const post = (rest: string) => statusOf(`POST / HTTP/1.1\r\n${rest}`);
  assert.equal(post('Content-Length: 1\r\nContent-Length: 1\r\n\r\na'), 400);
  assert.equal(post('Content-Length: 1\r\nContent-Length: 2\r\n\r\nab'), 400);
  assert.equal(post('Content-Length: 1, 1\r\n\r\na'), 400);
  assert.equal(post('Content-Length: +1\r\n\r\na'), 400);
  assert.equal(post('Content-Length: 0x1\r\n\r\na'), 400);
  assert.equal(post('Content-Length:\r\n\r\n'), 400);
  assert.equal(post(`Content-Length: ${'9'.repeat(20)}\r\n\r\n`), 400);
  assert.equal(post('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), 400);
  assert.equal(post('Transfer-Encoding: gzip\r\n\r\n'), 501);
  assert.equal(post('Transfer-Encoding: chunked, chunked\r\n\r\n'), 501);
  assert.equal(post('Transfer-Encoding: xchunked\r\n\r\n'), 501);
  assert.equal(statusOf('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'), 400);
  const chunked = (rest: string) => post(`Transfer-Encoding: Chunked\r\n\r\n${rest}`);
  assert.equal(chunked('1\r\na\r\n0\r\n\r\n'), 200);
  assert.equal(chunked('1\na\n0\n\n'), 400);
  assert.equal(chunked('1\r\nab\r\n0\r\n\r\n'), 400);
  assert.equal(chunked('-1\r\n'), 400);
  assert.equal(chunked('\r\n'), 400);
  assert.equal(chunked('fffffffffffff\r\n'), 400);
  assert.equal(chunked(`1;${'a'.repeat(2000)}`), 400);
  assert.equal(chunked('0\r\nbad trailer\r\n\r\n'), 400);
});

/** A small generator with a fixed seed (mulberry32). */
function randomSource(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function splitAtRandom(bytes: Uint8Array, random: (limit: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + 1 + random(random(2) === 0 ? 3 : 200));
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

test('the same requests in pieces of any size', () => {
  const random = randomSource(1);
  const bytes = encodeUtf8(CLI_REQUESTS.repeat(3));
  const whole = parse([bytes]);
  assert.equal(whole.length, 12);
  for (let round = 0; round < 500; round++) assert.deepEqual(parse(splitAtRandom(bytes, random)), whole);
});

test('damaged requests give HttpError or nothing, whole or in pieces', () => {
  const random = randomSource(2);
  const original = encodeUtf8(CLI_REQUESTS);
  const alphabet = encodeUtf8('\r\n\r\n :;,0159afGET/HTTP.\u0000\u00ff%?');
  const outcome = (pieces: Uint8Array[]) => {
    try {
      return parse(pieces).length;
    } catch (error) {
      assert(error instanceof HttpError, String(error));
      return error.message;
    }
  };
  for (let round = 0; round < 3000; round++) {
    const bytes = original.slice(0, 1 + random(original.length));
    for (let damage = random(6); damage >= 0; damage--) {
      bytes[random(bytes.length)] = alphabet[random(alphabet.length)] ?? 0;
    }
    assert.equal(outcome(splitAtRandom(bytes, random)), outcome([bytes]));
  }
});

test('pure noise gives HttpError or nothing', () => {
  const random = randomSource(3);
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: random(400) }, () => random(256));
    try {
      parse(splitAtRandom(bytes, random));
    } catch (error) {
      assert(error instanceof HttpError, String(error));
    }
  }
});

test('a head that comes byte by byte costs linear time', () => {
  // Of this process, so that it does not matter what else the machine does.
  const cpuTime = (length: number) => {
    const bytes = encodeUtf8(`GET / HTTP/1.1\r\nA: ${'a'.repeat(length)}\r\n\r\n`);
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const start = process.cpuUsage();
    assert.equal(parse(pieces).length, 1);
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  const least = (length: number) => Math.min(...Array.from({ length: 3 }, () => cpuTime(length)));
  const [short, long] = [least(600), least(60_000)];
  // A hundred times as long: if every byte had all before it looked at again, it would be ten thousand times.
  assert.ok(long < 1000 * Math.max(short, 100), `${short} µs for the short one, ${long} µs for the long one`);
});
