/** What is sent to the API's socket and is not quite HTTP: refused or ignored, and everybody else is served meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { useEngine } from './engine-under-test.ts';
import { assertFairAnswer, assertModestMemory } from './fairness.ts';
import { randomFrom } from './random.ts';

const seed = 20_260_401;

/** What is percent-encoded, or the text as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
const request = (line: string, body = '', fields = '') =>
  `${line} HTTP/1.1\r\nHost: docker\r\n${fields}${body && `Content-Length: ${body.length}\r\n`}\r\n${body}`;
const chunked = (...chunks: string[]) =>
  `POST /volumes/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`;

/** Conversations that are right. */
const conversations = [
  request('GET /_ping'),
  request('HEAD /v1.41/_ping'),
  request('GET /containers/json?all=1&limit=5&filters=%7B%22status%22%3A%5B%22exited%22%5D%7D'),
  request('GET /images/busybox:latest/json'),
  request('POST /volumes/create', '{"Name":"fuzzed"}', 'Content-Type: application/json\r\n'),
  chunked('6\r\n{"Name\r\n', 'b\r\n":"fuzzed"}\r\n', '0\r\n\r\n'),
  request('GET /events?since=1&until=2'),
  request('POST /containers/nobody/attach?stream=1', '', 'Connection: Upgrade\r\nUpgrade: tcp\r\n'),
  request(
    'POST /images/load',
    'x'.repeat(600),
    'Content-Type: application/x-tar\r\nExpect: 100-continue\r\n',
  ),
  request('PUT /containers/nobody/archive?path=/', 'x'.repeat(100)),
].map((text) => Buffer.from(text));

describe('what is not quite HTTP', () => {
  const engine = useEngine();
  const random = randomFrom(seed);

  /** Sends pieces, ends, and returns what has come back when the engine has closed, too. */
  async function say(pieces: readonly Uint8Array[], { breaksOff = false } = {}): Promise<string> {
    const connection = await engine().connect();
    for (const piece of pieces) {
      if (piece.length > 0) connection.socket.write(piece);
      if (pieces.length > 1) await setTimeout(0);
    }
    if (breaksOff) connection.socket.destroy();
    else connection.socket.end();
    await Promise.race([connection.closed, setTimeout(10_000, undefined, { ref: false })]);
    assert.ok(connection.socket.destroyed, `no end of ${Buffer.concat(pieces).toString('latin1')}`);
    return connection.received();
  }

  /** Every answer is one that a server may give. */
  function assertSane(answer: string, sent: Buffer): void {
    if (answer === '') return;
    const shown = `${JSON.stringify(sent.toString('latin1').slice(0, 500))}\n${answer.slice(0, 500)}`;
    for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d+) /gm)) {
      assert.ok(Number(status) < 500 || [501, 505].includes(Number(status)), shown);
    }
    assert.match(answer, /^HTTP\/1\.1 \d{3} /, shown);
  }

  function mutated(text: Buffer): Buffer {
    const parts = [...text];
    for (let count = 1 + random.below(3); count > 0; count--) {
      const place = random.below(parts.length);
      const byte = random.pick([0, 9, 10, 13, 32, 37, 58, 127, 255, random.below(256)]);
      const other = random.pick(conversations);
      switch (random.below(6)) {
        case 0:
          parts[place] = byte;
          break;
        case 1:
          parts.splice(place, 1 + random.below(10));
          break;
        case 2:
          parts.splice(place, 0, ...Array(1 + random.below(20)).fill(byte));
          break;
        case 3:
          parts.splice(place, 0, ...parts.slice(place, place + 1 + random.below(60)));
          break;
        case 4:
          parts.length = place;
          break;
        default:
          parts.splice(place, 0, ...other.subarray(random.below(other.length)));
      }
      if (parts.length === 0) parts.push(byte);
    }
    return Buffer.from(parts);
  }

  it('is answered by a refusal, or not at all', async (context) => {
    await assertModestMemory(engine(), context, async () => {
      for (let round = 0; round < 1500; round++) {
        const text = mutated(random.pick(conversations));
        assertSane(await say([text], { breaksOff: random.below(4) === 0 }), text);
        if (round % 100 === 0) await engine().pingMilliseconds();
      }
    });
  });

  it('does not depend on how it is cut into pieces, nor on what follows in the same piece', async () => {
    const plain = (answer: string) =>
      answer.replaceAll(/^(Date|CreatedAt).*\r\n/gm, '').replaceAll(/"Time":\d+/g, '');
    const text = Buffer.concat([...conversations.slice(0, 7), ...conversations.slice(0, 7)]);
    const whole = plain(await say([text]));
    assert.equal([...whole.matchAll(/HTTP\/1\.1 20\d /g)].length, 14, whole);
    for (let round = 0; round < 20; round++) {
      const cuts = Array.from({ length: 1 + random.below(40) }, () => random.below(text.length)).sort(
        (a, b) => a - b,
      );
      const pieces = [0, ...cuts].map((start, index) => text.subarray(start, cuts[index] ?? text.length));
      assert.equal(plain(await say(pieces)), whole);
    }
    const bytes = [...text].map((byte) => Uint8Array.of(byte));
    assert.equal(plain(await say(bytes)), whole);
  });

  it('is refused when there is no end of it', async (context) => {
    const endless = 8 * 1024 * 1024;
    await assertModestMemory(engine(), context, async () => {
      for (const beginning of [
        'G',
        'GET /',
        'GET /_ping HTTP/1.1\r\nX-Long: ',
        'GET /_ping HTTP/1.1\r\n',
        chunked('1;'),
        chunked('5\r\n{"Name', '0\r\nX: '),
        request('POST /volumes/create', '', `Content-Length: ${endless}\r\n`),
        request('POST /containers/create', '', `Content-Length: 99999999999999\r\n`),
      ]) {
        const filler = beginning.endsWith('1\r\n') ? 'X: y\r\n' : 'x';
        const connection = await engine().connect();
        connection.socket.write(beginning);
        connection.socket.end(filler.repeat(endless / filler.length));
        await Promise.race([connection.closed, setTimeout(20_000, undefined, { ref: false })]);
        assert.ok(connection.socket.destroyed, `no end after ${beginning}`);
        assertSane(connection.received(), Buffer.from(beginning));
        await engine().pingMilliseconds();
      }
    });
  });

  it('reaches a thousand connections that say nothing, or half of something', async (context) => {
    await assertModestMemory(engine(), context, async () => {
      const connections = await Promise.all(
        Array.from({ length: 1000 }, () =>
          engine()
            .connect()
            .catch(() => {}),
        ),
      );
      for (const [index, connection] of connections.entries()) {
        if (index % 2 === 0) connection?.socket.write('POST /containers/create HTTP/1.1\r\nContent-Le');
      }
      for (const connection of connections) connection?.socket.destroy();
      await setTimeout(500);
    });
    await engine().pingMilliseconds();
  });
});

describe('strange names, filters and parameters', () => {
  const engine = useEngine();
  const names = [
    ...[
      '.',
      '..',
      '%2e%2e',
      '%2e%2e%2f%2e%2e%2fetc',
      '%00',
      'a%00b',
      '%0a',
      '%ff',
      '%',
      '%zz',
      '-',
      '_',
      '+',
      ':',
    ],
    ...[
      '@',
      'a@sha256:1',
      'sha256:',
      `sha256:${'0'.repeat(64)}`,
      'A',
      'a/../b',
      'a//b',
      '__proto__',
      'constructor',
    ],
    ...[
      'toString',
      'x'.repeat(5000),
      'a:'.repeat(300),
      encodeURIComponent('\u{1f4a9}'),
      '0',
      'null',
      '*',
      '[',
      '(',
    ],
  ];

  it('of things that are not there', async (context) => {
    await assertModestMemory(engine(), context, async () => {
      for (const name of names) {
        for (const [method, path] of [
          ['GET', `/containers/${name}/json`],
          ['POST', `/containers/${name}/start`],
          ['POST', `/containers/create?name=${name}`],
          ['DELETE', `/containers/${name}?v=1&force=1`],
          ['GET', `/containers/${name}/logs?stdout=1`],
          ['HEAD', `/containers/${name}/archive?path=/`],
          ['GET', `/exec/${name}/json`],
          ['GET', `/images/${name}/json`],
          ['GET', `/images/${name}/history`],
          ['DELETE', `/images/${name}`],
          ['POST', `/images/${name}/tag?repo=${name}`],
          ['POST', `/images/busybox/tag?repo=${name}&tag=${name}`],
          ['POST', `/commit?container=${name}&repo=${name}`],
          ['GET', `/volumes/${name}`],
          ['DELETE', `/volumes/${name}`],
          ['GET', `/networks/${name}`],
          ['DELETE', `/networks/${name}`],
          ['GET', `/${name}/_ping`],
          ['GET', `/v1.${name}/_ping`],
          ['GET', `/images/get?names=${name}`],
        ] as const) {
          const answer = await engine().request(method, path);
          if (method === 'HEAD') assert.ok(answer.status < 500);
          else assertFairAnswer(answer, `${method} ${path}`);
        }
      }
    });
    for (const image of (await engine().output('images', '--format', '{{.Repository}}:{{.Tag}}')).split(
      '\n',
    )) {
      if (!/^(busybox|system\/box|paddock\/.*):/.test(image)) await engine().output('rmi', image);
    }
  });

  it('in queries', async () => {
    const ask = async (method: string, path: string) => {
      const patience = setTimeout(20_000, undefined, { ref: false });
      const answer = await Promise.race([engine().request(method, path), patience]);
      return answer ?? assert.fail(`no answer to ${method} ${path}`);
    };
    await engine().output('create', '--name', 'here', 'busybox');
    const values = [
      ...names,
      '',
      '-1',
      '1e9',
      '99999999999999999999',
      '0.5',
      'true',
      '[]',
      '{}',
      '{"x":1}',
      '2020-01-01',
      '1m',
    ];
    const list = ['containers/json', 'images/json', 'volumes', 'networks'];
    const filters = [
      'status',
      'label',
      'name',
      'id',
      'before',
      'since',
      'until',
      'exited',
      'health',
      'volume',
      'network',
    ];
    for (const value of values) {
      const strings = [value, decoded(value)];
      for (const path of [...list, 'events', 'system/df']) {
        for (const text of [...new Set(strings)]) {
          for (const filter of filters) {
            const json = encodeURIComponent(JSON.stringify({ [filter]: [text] }));
            const more = path === 'events' ? '&since=1&until=2' : '';
            assertFairAnswer(
              await ask('GET', `/${path}?filters=${json}${more}`),
              `${path} ${filter}=${text}`,
            );
          }
        }
        const more = path === 'events' ? '&until=2' : '';
        assertFairAnswer(await ask('GET', `/${path}?filters=${value}${more}`), `${path} ${value}`);
      }
      for (const query of [
        ...[
          'containers/json?limit=',
          'containers/json?all=',
          'containers/json?size=',
          'images/json?digests=',
        ],
        ...['events?until=1&since=', 'containers/here/changes?x=', 'containers/here/logs?stdout=1&tail='],
        ...[
          'containers/here/logs?stdout=1&since=',
          'containers/here/logs?stdout=1&until=',
          'containers/here/top?ps_args=',
        ],
        ...[
          'containers/here/archive?path=',
          'containers/here/json?size=',
          'containers/here/stats?stream=0&one-shot=',
        ],
        ...['system/df?type=', 'info?', 'images/search?limit=', 'distribution/'],
      ]) {
        if (query === 'distribution/' || query.startsWith('images/search')) continue;
        assertFairAnswer(await ask('GET', `/${query}${value}`), `${query}${value}`);
      }
      for (const query of [
        ...[
          'containers/here/kill?signal=',
          'containers/here/resize?h=',
          'containers/here/rename?name=here&x=',
        ],
        ...['containers/here/stop?t=', 'containers/here/stop?signal=', 'containers/here/wait?condition='],
        ...[
          'containers/prune?filters=',
          'volumes/prune?filters=',
          'networks/prune?filters=',
          'images/prune?filters=',
        ],
        ...[
          'images/create?fromImage=',
          'images/create?fromSrc=',
          'build?dockerfile=',
          'build?t=',
          'build?buildargs=',
        ],
      ]) {
        // These would end or begin something.
        if (
          query.includes('create') ||
          (query.includes('prune?filters=') && ['', '{}', '[]', 'null'].includes(value))
        )
          continue;
        assertFairAnswer(await ask('POST', `/${query}${value}`), `${query}${value}`);
      }
    }
    assert.equal(await engine().inspect('here', '{{.State.Status}}'), 'created');
  });
});
