import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineClient } from '../../engine/client.ts';
import { encodeFrame, MULTIPLEXED_STREAM, RAW_STREAM } from '../../engine/stdcopy.ts';
import { memoryStreamPair } from '../../http/memory-stream.ts';
import { createRouter, type Route, type RouteHandler } from '../../http/router.ts';
import { createServer } from '../../http/server.ts';
import { decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import type { Console } from './console.ts';
import { dockerCommand } from './docker.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The requests that the engine got. */
  readonly requests: readonly string[];
  readonly isRaw: boolean;
}

interface Setup {
  readonly input?: string;
  readonly isTerminal?: boolean;
}

type Routes = Readonly<Record<string, RouteHandler>>;

/** Runs a command line against an engine with these routes, whose keys are such as `GET /info`. */
async function run(
  line: string | string[],
  routes: Routes = {},
  { input, isTerminal = false }: Setup = {},
): Promise<Outcome> {
  const requests: string[] = [];
  const list = Object.entries(routes).map(([key, handler]): Route => {
    const [method = '', template = ''] = key.split(' ');
    return { method, template, handler };
  });
  const router = createRouter(list);
  const server = createServer(
    (request, response) => {
      requests.push(
        `${request.method} ${request.head.path}${request.head.query && `?${request.head.query}`}`,
      );
      return router(request, response);
    },
    { setTimer: () => () => {}, logError: assert.fail },
  );
  const texts = { out: '', err: '' };
  const text = (data: string | Uint8Array) => (typeof data === 'string' ? data : decodeUtf8(data));
  const terminal = { isRaw: false, wasRaw: false };
  const console: Console = {
    openClient: async () =>
      new EngineClient(async () => {
        const [client, accepted] = memoryStreamPair();
        server.accept(accepted);
        return client;
      }),
    out: (data) => {
      texts.out += text(data);
    },
    err: (data) => {
      texts.err += text(data);
    },
    inputIsTerminal: isTerminal,
    outputIsTerminal: isTerminal,
    openInput: () => {
      const pieces = input === undefined ? [] : [encodeUtf8(input)];
      return { read: async () => pieces.shift() ?? null };
    },
    makeRaw: () => {
      Object.assign(terminal, { isRaw: true, wasRaw: true });
      return () => Object.assign(terminal, { isRaw: false });
    },
    windowSize: () => (isTerminal ? { rows: 24, columns: 80 } : undefined),
    onSignal: () => () => {},
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
    environment: () => undefined,
    readText: assert.fail,
    openFile: assert.fail,
    saveFile: assert.fail,
  };
  const code = await dockerCommand(typeof line === 'string' ? line.split(' ') : line, console);
  assert.equal(terminal.isRaw, false, 'the terminal was left in raw mode');
  return { code, ...texts, requests, isRaw: terminal.wasRaw };
}

const answer =
  (value: unknown, status = 200): RouteHandler =>
  ({ response }) => {
    response.status = status;
    return value === undefined ? response.end() : response.json(value);
  };

const refuse = (status: number, message: string) => answer({ message }, status);

const ID = '0123456789ab'.padEnd(64, 'f');

/** An engine that runs one container: its streams are `session`, its exit code 5. */
function engineOf(session: RouteHandler, overrides: Routes = {}): Routes {
  let exit = () => {};
  const exited = new Promise<void>((resolve) => {
    exit = resolve;
  });
  return {
    'POST /containers/create': answer({ Id: ID, Warnings: ['mind the gap'] }, 201),
    'POST /containers/{id}/attach': async (context) => {
      await session(context);
      exit();
    },
    'POST /containers/{id}/wait': async ({ response }) => {
      await response.startChunked();
      await exited;
      await response.write(encodeUtf8('{"StatusCode":5}\n'));
    },
    'POST /containers/{id}/start': answer(undefined, 204),
    'POST /containers/{id}/resize': answer(undefined, 200),
    ...overrides,
  };
}

/** Writes to both streams and ends. */
const talk: RouteHandler = async ({ response }) => {
  const stream = await response.hijack(MULTIPLEXED_STREAM);
  await stream.write(encodeFrame('stdout', encodeUtf8('out\n')));
  await stream.write(encodeFrame('stderr', encodeUtf8('err\n')));
  stream.close();
};

/** Sends back what it reads, in a terminal's stream. */
const echo: RouteHandler = async ({ response }) => {
  const stream = await response.hijack(RAW_STREAM);
  for (let data = await stream.read(); data !== null; data = await stream.read()) await stream.write(data);
  stream.close();
};

test('ps: an empty list is a line of headers', async () => {
  const { code, out, requests } = await run('ps -a', { 'GET /containers/json': answer([]) });
  assert.equal(code, 0);
  assert.equal(out, 'CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n');
  assert.deepEqual(requests, ['GET /containers/json?all=1']);
});

const CONTAINER = {
  Id: ID,
  Names: ['/console'],
  Image: 'os-console',
  ImageID: 'sha256:1',
  Command: '/bin/sh -c "exec something long"',
  Created: Math.floor(Date.now() / 1000) - 7200,
  Ports: [],
  Labels: { b: '2', a: '1' },
  State: 'running',
  Status: 'Up 2 hours',
};

test('ps: table, quiet, template, json', async () => {
  const routes = { 'GET /containers/json': answer([CONTAINER]) };
  assert.equal(
    (await run('ps', routes)).out,
    'CONTAINER ID   IMAGE        COMMAND                   CREATED       STATUS       PORTS     NAMES\n' +
      '0123456789ab   os-console   "/bin/sh -c \\"exec so…"   2 hours ago   Up 2 hours             console\n',
  );
  assert.equal((await run('ps -q', routes)).out, '0123456789ab\n');
  assert.equal((await run('ps -q --no-trunc', routes)).out, `${ID}\n`);
  assert.equal(
    (await run(['ps', '--format', '{{.Names}}: {{.Labels}} {{.Label "a"}}'], routes)).out,
    'console: a=1,b=2 1\n',
  );
  assert.equal(
    (await run(['ps', '--format', 'table {{.ID}}\t{{.State}}'], routes)).out,
    'CONTAINER ID   STATE\n0123456789ab   running\n',
  );
  const row = JSON.parse((await run('container ls --format json', routes)).out) as Record<string, string>;
  assert.deepEqual([row['Names'], row['Command']], ['console', '"/bin/sh -c \\"exec so…"']);
});

test('ps: filters, limits', async () => {
  const { requests } = await run('ps -f status=exited -f label=a=b -n 3', {
    'GET /containers/json': answer([]),
  });
  const query = decodeURIComponent(requests[0] ?? '');
  assert.equal(
    query,
    'GET /containers/json?all=1&filters={"status":{"exited":true},"label":{"a=b":true}}&limit=3',
  );
});

test('images: one line per name', async () => {
  const Created = Math.floor(Date.now() / 1000) - 86400 * 3;
  const images = [
    {
      Id: `sha256:${ID}`,
      RepoTags: ['alpine:3.10', 'h:5/a/b:latest'],
      RepoDigests: [],
      Created,
      Size: 2066774,
      Labels: null,
    },
    { Id: `sha256:${ID}`, RepoTags: [], RepoDigests: null, Created, Size: 5, Labels: null },
  ];
  const { out } = await run('images', { 'GET /images/json': answer(images) });
  assert.deepEqual(out.split('\n'), [
    'REPOSITORY   TAG       IMAGE ID       CREATED      SIZE',
    'alpine       3.10      0123456789ab   3 days ago   2.07MB',
    'h:5/a/b      latest    0123456789ab   3 days ago   2.07MB',
    '<none>       <none>    0123456789ab   3 days ago   5B',
    '',
  ]);
});

test('run: both streams, the exit code, and the requests in the order of the docker CLI', async () => {
  const { code, out, err, requests } = await run('run --rm busybox sh -c exit', engineOf(talk));
  assert.deepEqual([code, out, err], [5, 'out\n', 'WARNING: mind the gap\nerr\n']);
  assert.deepEqual(requests, [
    'POST /containers/create',
    `POST /containers/${ID}/attach?stream=1&stdout=1&stderr=1`,
    `POST /containers/${ID}/wait?condition=removed`,
    `POST /containers/${ID}/start`,
  ]);
});

test('run -d prints the id', async () => {
  const { code, out, requests } = await run('run -d --name x busybox', engineOf(talk));
  assert.deepEqual([code, out], [0, `${ID}\n`]);
  assert.deepEqual(requests, ['POST /containers/create?name=x', `POST /containers/${ID}/start`]);
});

test('run -i sends input and its end', async () => {
  const { code, out } = await run('run -i busybox cat', engineOf(echo), { input: 'hello' });
  assert.deepEqual([code, out], [5, 'hello']);
});

test('run -it puts the terminal into raw mode and sends its size', async () => {
  const { out, requests, isRaw } = await run('run -it busybox', engineOf(echo), {
    input: 'hi',
    isTerminal: true,
  });
  assert.deepEqual([out, isRaw], ['hi', true]);
  assert(requests.includes(`POST /containers/${ID}/resize?h=24&w=80`), requests.join('\n'));
});

test('run -it: the detach keys leave the container running', async () => {
  const { code, out } = await run('run -it busybox', engineOf(echo), {
    input: 'ab\u0010\u0011cd',
    isTerminal: true,
  });
  assert.equal(code, 0);
  assert.doesNotMatch(out, /cd/);
});

test('run: a start that fails has the exit code of its reason', async () => {
  const failing = async (message: string) => {
    const routes = engineOf(talk, { 'POST /containers/{id}/start': refuse(400, message) });
    return run('run busybox x', routes);
  };
  const missing = await failing('exec: "x": executable file not found in $PATH');
  assert.equal(missing.code, 127);
  assert.match(
    missing.err,
    /^system-docker: Error response from daemon: exec: "x": executable file not found/m,
  );
  assert.equal((await failing('exec: "/etc": is a directory: permission denied')).code, 126);
  assert.equal((await failing('something else')).code, 125);
});

test('run: an image that is not there', async () => {
  const routes = { 'POST /containers/create': refuse(404, 'No such image: nope:latest') };
  const { code, err } = await run('run nope', routes);
  assert.equal(code, 125);
  assert.equal(
    err,
    "Unable to find image 'nope:latest' locally\nsystem-docker: Error response from daemon: No such image: nope:latest\n",
  );
});

test('run -it without a terminal is refused before anything is created', async () => {
  const { code, err, requests } = await run('run -it busybox', engineOf(talk));
  assert.deepEqual([code, err, requests], [1, 'the input device is not a TTY\n', []]);
});

test('exec: output, exit code, requests', async () => {
  const routes: Routes = {
    'POST /containers/{id}/exec': async ({ request, response }) => {
      const { Cmd, Env, User } = JSON.parse(decodeUtf8(await request.readAll(1000))) as Record<
        string,
        unknown
      >;
      assert.deepEqual([Cmd, Env, User], [['id', '-u'], ['A=1'], 'rancher']);
      await response.json({ Id: 'e1' });
    },
    'POST /exec/{id}/start': async (context) => {
      await context.request.readAll(1000);
      await talk(context);
    },
    'GET /exec/{id}/json': answer({ ID: 'e1', Running: false, ExitCode: 3, Pid: 0 }),
  };
  const { code, out, err } = await run('exec -e A=1 -u rancher console id -u', routes);
  assert.deepEqual([code, out, err], [3, 'out\n', 'err\n']);
});

test('several containers: names of those that worked, errors of the others', async () => {
  const stop: RouteHandler = ({ params, response }) =>
    params['id'] === 'b'
      ? refuse(404, 'No such container: b')({ response } as never)
      : answer(undefined, 204)({ response } as never);
  const { code, out, err, requests } = await run('stop -t 3 a b c', { 'POST /containers/{id}/stop': stop });
  assert.deepEqual([code, out], [1, 'a\nc\n']);
  assert.equal(err, 'Error response from daemon: No such container: b\n');
  assert.equal(requests[0], 'POST /containers/a/stop?t=3');
});

test('logs: streams are told apart', async () => {
  const routes: Routes = {
    'GET /containers/{id}/logs': async ({ response }) => {
      await response.startChunked(MULTIPLEXED_STREAM);
      await response.write(encodeFrame('stdout', encodeUtf8('a\n')));
      await response.write(encodeFrame('stderr', encodeUtf8('b\n')));
    },
  };
  const { out, err, requests } = await run('logs -f --tail 2 -t --since 100 x', routes);
  assert.deepEqual([out, err], ['a\n', 'b\n']);
  assert.equal(
    requests[0],
    'GET /containers/x/logs?stdout=1&stderr=1&follow=1&timestamps=1&tail=2&since=100',
  );
});

test('inspect: JSON, a template, and what does not exist', async () => {
  const routes: Routes = {
    'GET /containers/{id}/json': ({ params, response }) =>
      params['id'] === 'c'
        ? response.json({ State: { Pid: 7 } })
        : refuse(404, 'No such container')({ response } as never),
    'GET /images/{name:.*}/json': ({ params, response }) =>
      params['name'] === 'a/b:1'
        ? response.json({ Os: 'linux' })
        : refuse(404, 'No such image')({ response } as never),
  };
  assert.equal((await run('inspect -f {{.State.Pid}} c', routes)).out, '7\n');
  const both = await run('inspect c a/b:1 nope', routes);
  assert.deepEqual([both.code, both.err], [1, 'Error: No such object: nope\n']);
  assert.deepEqual(JSON.parse(both.out), [{ State: { Pid: 7 } }, { Os: 'linux' }]);
  assert.match(both.out, /^\[\n {4}\{\n {8}"State"/);
});

test('load: messages, and an error within them', async () => {
  const load =
    (...messages: unknown[]): RouteHandler =>
    async ({ request, response }) => {
      assert.equal(decodeUtf8(await request.readAll(1000)), 'tar');
      await response.startChunked();
      for (const message of messages) await response.write(encodeUtf8(`${JSON.stringify(message)}\n`));
    };
  const good = await run(
    'load',
    { 'POST /images/load': load({ stream: 'Loaded image: a:1\n' }) },
    { input: 'tar' },
  );
  assert.deepEqual([good.code, good.out], [0, 'Loaded image: a:1\n']);
  const bad = await run('load', { 'POST /images/load': load({ error: 'not an archive' }) }, { input: 'tar' });
  assert.deepEqual([bad.code, bad.err], [1, 'not an archive\n']);
});

test('events: one line each', async () => {
  const event = {
    Type: 'container',
    Action: 'start',
    Actor: { ID, Attributes: { name: 'x', image: 'busybox' } },
    time: 1,
    timeNano: 1_795_422_036_500_000_000,
  };
  const routes = { 'GET /events': answer(event) };
  const { out } = await run('events', routes);
  assert.match(
    out,
    /^2026-11-2\dT\d\d:\d\d:36\.500000000\S+ container start 0123456789abf+ \(image=busybox, name=x\)\n$/,
  );
  assert.equal((await run('events --format {{.Action}}', routes)).out, 'start\n');
});

test('wait: exit codes', async () => {
  const { out } = await run('wait a b', { 'POST /containers/{id}/wait': answer({ StatusCode: 143 }) });
  assert.equal(out, '143\n143\n');
});

test('mistakes on the command line', async () => {
  const cases: [string, number, RegExp][] = [
    ['nope', 1, /^system-docker: unknown command: nope$/m],
    [
      'ps --nope',
      125,
      /^unknown flag: --nope\n\nUsage: {2}system-docker ps \[OPTIONS\]\n\nRun 'system-docker ps --help'/,
    ],
    ['ps x', 1, /^system-docker: 'system-docker ps' accepts no arguments$/m],
    ['stop', 1, /requires at least 1 argument$/m],
    ['rename a', 1, /requires 2 arguments$/m],
    ['run', 1, /requires at least 1 argument$/m],
    ['run -m 5q x', 125, /^invalid size "5q" for --memory/],
    ['--nope', 125, /^unknown flag: --nope\n\nRun 'system-docker --help'/],
    ['toString', 1, /unknown command/],
  ];
  for (const [line, code, message] of cases) {
    const outcome = await run(line);
    assert.equal(outcome.code, code, line);
    assert.match(outcome.err, message, line);
    assert.deepEqual(outcome.requests, []);
  }
});

test('help: overview, commands, examples', async () => {
  for (const line of [[], ['--help'], ['help']]) {
    const { code, out } = await run(line);
    assert.equal(code, 0);
    assert.match(out, /^Usage: {2}system-docker \[OPTIONS\] COMMAND\n/);
    assert.match(out, /^ {2}run {8}Create a container and start it$/m);
  }
  for (const line of ['run --help', '--help run', 'help run', 'container run --help']) {
    const { code, out, requests } = await run(line);
    assert.deepEqual([code, requests], [0, []]);
    assert.match(out, /^Usage: {2}system-docker run \[OPTIONS\] IMAGE/);
    assert.match(out, /^ {2}-e, --env NAME\[=value\] +Variable/m);
    assert.match(out, /^ {2}system-docker run --rm -it/m);
  }
  assert.match((await run('run busybox --help', engineOf(talk))).out, /^out$/m);
});
