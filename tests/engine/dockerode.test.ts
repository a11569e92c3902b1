/** dockerode, the library of programs in JavaScript, through whole flows. */
import assert from 'node:assert/strict';
import { PassThrough, type Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { busybox } from '../system/busybox.ts';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';
import { rawTar } from './raw-tar.ts';

/** Everything that comes until the end. */
async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

/** Takes a multiplexed stream apart until it ends. */
async function demultiplexed(docker: Docker, stream: NodeJS.ReadableStream) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.on('end', () => {
    stdout.end();
    stderr.end();
  });
  const [out, err] = await Promise.all([textOf(stdout), textOf(stderr)]);
  return { out, err };
}

/** Reads a stream of JSON lines to its end. */
function followed(docker: Docker, stream: NodeJS.ReadableStream): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines))),
  );
}

/** The first objects of an endless stream of JSON lines. */
async function firstObjects(
  stream: NodeJS.ReadableStream,
  count: number,
): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const part of stream) {
    text += String(part);
    const lines = text.split('\n').slice(0, -1);
    if (lines.length >= count) return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
  throw new Error('the stream has ended');
}

describe('dockerode', () => {
  const engine = useEngine();
  const docker = () => engine().api;

  it('runs a container and tells its output apart', async () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const outputs = Promise.all([textOf(stdout), textOf(stderr)]);
    const words = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
    const [result, container] = (await docker().run(busybox, words, [stdout, stderr], {
      Tty: false,
    })) as [{ StatusCode: number }, Docker.Container];
    await container.remove();
    stdout.end();
    stderr.end();
    assert.equal(result.StatusCode, 3);
    assert.deepEqual(await outputs, ['out\n', 'err\n']);
  });

  for (const hijack of [true, false]) {
    it(`attaches with input, ${hijack ? 'by an upgrade' : 'by a request that does not end'}`, async () => {
      const container = await docker().createContainer({
        Image: busybox,
        Cmd: ['sh', '-c', 'read line; echo $line; echo done >&2'],
        OpenStdin: true,
        StdinOnce: true,
      });
      const stream = await container.attach({
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
        hijack,
      });
      const output = demultiplexed(docker(), stream);
      await container.start();
      stream.write('first ');
      await setTimeout(100);
      stream.write('second\n');
      assert.deepEqual(await output, { out: 'first second\n', err: 'done\n' });
      assert.deepEqual(await container.wait(), { StatusCode: 0 });
      await container.remove();
    });
  }

  it('execs, with and without input and a terminal', async () => {
    const container = await docker().createContainer({
      Image: busybox,
      Cmd: ['sleep', '1000'],
      HostConfig: { Init: true },
    });
    await container.start();
    const plain = await container.exec({
      Cmd: ['sh', '-c', 'echo a; echo b >&2; exit 4'],
      AttachStdout: true,
      AttachStderr: true,
    });
    const output = await plain.start({});
    assert.deepEqual(await demultiplexed(docker(), output), { out: 'a\n', err: 'b\n' });
    assert.equal((await plain.inspect()).ExitCode, 4);

    const cat = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true });
    const duplex = await cat.start({ hijack: true, stdin: true });
    const copied = demultiplexed(docker(), duplex);
    duplex.end('through the exec');
    assert.deepEqual(await copied, { out: 'through the exec', err: '' });

    const shell = await container.exec({ Cmd: ['sh'], AttachStdin: true, AttachStdout: true, Tty: true });
    const terminal = await shell.start({ hijack: true, stdin: true, Tty: true });
    await shell.resize({ h: 20, w: 70 });
    terminal.write('stty size; exit\n');
    assert.match(await textOf(terminal), /20 70/);
    await container.remove({ force: true });
  });

  it('follows logs, statistics and events', async () => {
    const events = await docker().getEvents({ filters: { type: ['container'], event: ['die', 'start'] } });
    const words = ['sh', '-c', 'echo one; sleep 1; echo two; sleep 1'];
    const container = await docker().createContainer({ Image: busybox, Cmd: words });
    await container.start();
    const logs = await container.logs({ follow: true, stdout: true, stderr: true });
    const stats = await container.stats({ stream: true });
    const [sample] = await firstObjects(stats, 1);
    assert.equal(sample?.['id'], container.id);
    (stats as Readable).destroy();
    assert.deepEqual(await demultiplexed(docker(), logs), { out: 'one\ntwo\n', err: '' });
    const seen = await firstObjects(events, 2);
    assert.deepEqual(
      seen.map(({ Action }) => Action),
      ['start', 'die'],
    );
    (events as Readable).destroy();
    const whole = await container.logs({ stdout: true, tail: 1 });
    assert.equal(whole.subarray(8).toString(), 'two\n');
    await container.remove();
  });

  it('builds, and hears of every step', async () => {
    // dockerode takes bytes as well as streams, which its types do not say.
    const context = rawTar([
      { name: 'Dockerfile', content: 'FROM busybox\nRUN echo built >/file\nCMD cat /file\n' },
    ]);
    const stream = await docker().buildImage(context as never, { t: 'rode:1' });
    const lines = await followed(docker(), stream);
    const text = lines.map(({ stream: part }) => part ?? '').join('');
    assert.match(text, /^Step 1\/3 : FROM busybox\n.*Successfully tagged rode:1\n$/s);
    const image = docker().getImage('rode:1');
    assert.equal((await image.history()).length > 1, true);
    const saved: Buffer[] = [];
    for await (const part of await image.get()) saved.push(Buffer.from(part));
    await image.remove();
    const loaded = await followed(docker(), await docker().loadImage(Buffer.concat(saved) as never));
    assert.deepEqual(loaded, [{ stream: 'Loaded image: rode:1\n' }]);
    await docker().getImage('rode:1').remove();

    const broken = rawTar([{ name: 'Dockerfile', content: 'FROM busybox\nRUN exit 5\n' }]);
    const failing = await docker().buildImage(broken as never, {});
    assert.match(
      String((await followed(docker(), failing)).at(-1)?.['error']),
      /returned a non-zero code: 5/,
    );
    await docker().pruneImages();
  });

  it('puts files in and takes files out', async () => {
    const container = await docker().createContainer({ Image: busybox, Cmd: ['cat', '/tmp/given'] });
    await container.putArchive(rawTar([{ name: 'given', content: 'a gift' }]), { path: '/tmp' });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = demultiplexed(docker(), stream);
    await container.start();
    assert.deepEqual(await output, { out: 'a gift', err: '' });
    const information = (await container.infoArchive({ path: '/tmp/given' })) as unknown as Readable;
    information.resume();
    const archive = await textOf(await container.getArchive({ path: '/tmp/given' }));
    assert.match(archive, /^given\0/);
    assert.match(archive, /a gift\0/);
    assert.match(await textOf(await container.export()), /tmp\/given\0/);
    await container.remove();
  });

  it('has networks and volumes', async () => {
    const network = await docker().createNetwork({ Name: 'rode', Labels: { example: 'rode' } });
    await docker().createVolume({ Name: 'rode' });
    const container = await docker().createContainer({
      Image: busybox,
      Cmd: ['sleep', '1000'],
      HostConfig: { Init: true, NetworkMode: 'rode', Binds: ['rode:/data'] },
      NetworkingConfig: { EndpointsConfig: { rode: { Aliases: ['other'] } } },
    });
    await container.start();
    const { NetworkSettings, Mounts } = await container.inspect();
    assert.deepEqual(Object.keys(NetworkSettings.Networks), ['rode']);
    assert.deepEqual(
      Mounts.map(({ Name, Destination }) => [Name, Destination]),
      [['rode', '/data']],
    );
    const listed = await docker().listContainers({ filters: { network: ['rode'], volume: ['rode'] } });
    assert.deepEqual(
      listed.map(({ Id }) => Id),
      [container.id],
    );
    await assert.rejects(docker().getVolume('rode').remove(), { statusCode: 409 });
    await assert.rejects(network.remove(), { statusCode: 403 });
    await container.stop({ t: 1 });
    await container.remove();
    await network.remove();
    await docker().getVolume('rode').remove();
    await assert.rejects(docker().getNetwork('rode').inspect(), { statusCode: 404 });
  });

  it('gives a request up', async () => {
    const container = await docker().createContainer({ Image: busybox, Cmd: ['sleep', '1000'] });
    await container.start();
    const abort = new AbortController();
    const waiting = container.wait({ abortSignal: abort.signal });
    await setTimeout(100);
    abort.abort();
    await assert.rejects(waiting, /abort/i);
    await container.remove({ force: true });
  });
});

describe('dockerode with a registry', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: DebianRegistry | undefined;
  before(async () => {
    registry = await DebianRegistry.start();
  });
  after(() => registry?.stop());

  it('pushes and pulls, and hears of the progress', async () => {
    const docker = engine().api;
    const repo = `${registry?.name}/rode`;
    await docker.getImage(busybox).tag({ repo, tag: '2' });
    const pushed = await followed(docker, await docker.getImage(repo).push({ tag: '2' }));
    const aux = pushed.find((line) => 'aux' in line)?.['aux'] as { Digest: string };
    assert.match(aux.Digest, /^sha256:/);
    await docker.getImage(`${repo}:2`).remove();
    const pulled = await followed(docker, await docker.pull(`${repo}:2`));
    assert.deepEqual(pulled.at(-1), { status: `Status: Downloaded newer image for ${repo}:2` });
    assert.deepEqual((await docker.getImage(`${repo}:2`).inspect()).RepoTags?.includes(`${repo}:2`), true);
    await assert.rejects(docker.pull(`${repo}:absent`), { statusCode: 404 });
    await docker.getImage(`${repo}:2`).remove();
  });
});
