/** Where the files of a build may come from besides its context: URLs, and archives that busybox unpacks. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { run } from '../../builder/exec.ts';
import { build, stepsOf } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { dockerArchiveOf, imageId, layerOf } from './image-archives.ts';
import { listScratch, loadArchive } from './load-archive.ts';
import { type RawMember, rawTar } from './raw-tar.ts';

describe('the sources of a build', () => {
  const engine = useEngine({ sharesNetwork: true });
  const archive = rawTar([{ name: 'dir/file', content: 'unpacked', uid: 9, mode: 0o640 }]);
  let server: Server;
  let address: string;
  const files = new Map<string, Buffer>();

  before(async () => {
    server = createServer(({ url = '' }, response) => {
      const content = files.get(url);
      if (url === '/broken') {
        response.writeHead(200, { 'Content-Length': 1000 }).write('half', () => response.destroy());
      } else if (content === undefined) response.writeHead(404).end('nothing');
      else response.setHeader('Last-Modified', 'Tue, 02 Jan 2024 03:04:05 GMT').end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    assert.equal(await engine().inMachine(listScratch), '');
  });
  after(() => server.close());

  const built = async (dockerfile: string, context: readonly RawMember[] = []) => {
    const outcome = await build(engine(), dockerfile, { files: context, words: ['--tag', 'built:1'] });
    assert.equal(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
    return stepsOf(outcome);
  };
  const refusal = async (dockerfile: string, context: readonly RawMember[] = []) => {
    const outcome = await build(engine(), dockerfile, { files: context });
    assert.notEqual(outcome.status, 0, outcome.stdout);
    return outcome.stderr;
  };
  const inImage = (script: string) =>
    engine().output('run', '--rm', '--network', 'none', 'built:1', 'sh', '-c', script);
  const compressed = (program: 'xz' | 'bzip2', content: Buffer) => run(program, ['-c'], { input: content });

  it('may be URLs, which ADD fetches and does not unpack', async () => {
    files.set('/some/app.tar?x=1', archive);
    const dockerfile = `FROM busybox\nADD ${address}/some/app.tar?x=1 /into/\nADD ${address}/some/app.tar?x=1 /name\n`;
    await built(dockerfile);
    const listing = await inImage("stat -c '%n %a %u %Y %s' /into/app.tar /name");
    const facts = `600 0 ${Date.UTC(2024, 0, 2, 3, 4, 5) / 1000} ${archive.length}`;
    assert.deepEqual(listing.split('\n'), [`/into/app.tar ${facts}`, `/name ${facts}`]);
    assert.equal((await built(dockerfile)).filter((line) => line === ' ---> Using cache').length, 2);
    files.set('/some/app.tar?x=1', Buffer.from('new'));
    assert.equal((await built(dockerfile)).filter((line) => line === ' ---> Using cache').length, 0);
    assert.equal(await inImage('cat /name'), 'new');
    await engine().output('rmi', 'built:1');
  });

  it('may be a context that the engine fetches, or a Dockerfile without one', async () => {
    const dockerfile = 'FROM busybox\nCOPY data /data\n';
    const context = rawTar([
      { name: 'Dockerfile', content: dockerfile },
      { name: 'data', content: 'fetched' },
    ]);
    files.set('/context.tar', context);
    files.set('/context.tar.xz', Buffer.from(await compressed('xz', context)));
    files.set('/recipe', Buffer.from('FROM busybox\nRUN echo alone >/data; test ! -e /recipe\n'));
    files.set('/empty', Buffer.from(''));
    files.set('/copies', Buffer.from('FROM busybox\nCOPY data /data\n'));
    const fetched = async (path: string) => {
      const remote = encodeURIComponent(path.startsWith('/') ? address + path : path);
      return await engine().request('POST', `/build?t=built:1&networkmode=none&remote=${remote}`);
    };
    for (const [path, content] of [
      ['/context.tar', 'fetched'],
      ['/context.tar.xz', 'fetched'],
      ['/recipe', 'alone'],
    ] as const) {
      const { status, text } = await fetched(path);
      assert.equal(status, 200, text);
      assert.match(text, /Successfully tagged built:1/);
      assert.equal(await inImage('cat /data'), content);
    }
    assert.match((await fetched('/copies')).text, /COPY failed: .*data/);
    const refused = async (path: string, status: number, message: RegExp) => {
      const answer = await fetched(path);
      assert.equal(answer.status, status);
      assert.match((JSON.parse(answer.text) as { message: string }).message, message);
    };
    await refused('/empty', 400, /the Dockerfile \(Dockerfile\) cannot be empty/);
    await refused('/absent', 500, /^error downloading remote context http:.*\/absent: .*404/);
    await refused('/broken', 500, /^error downloading remote context http:.*\/broken: /);
    await refused('ftp://x', 400, /^remoteURL \(ftp:\/\/x\) could not be recognized as URL$/);
    await refused('https://example.org/a.git', 501, /has no git/);
    await refused('client-session', 400, /use builder version v2 \(BuildKit\) instead/);
    await engine().output('rmi', 'built:1');
  });

  it('have to be there', async () => {
    assert.match(
      await refusal(`FROM busybox\nADD ${address}/nothing /x\n`),
      /ADD failed: failed to GET .*\/nothing with status 404/,
    );
    assert.match(
      await refusal(`FROM busybox\nADD ${address}/broken /x\n`),
      /ADD failed: .*closed the connection/,
    );
    assert.match(await refusal(`FROM busybox\nADD ${address}/ /x/\n`), /cannot determine filename from url/);
    assert.match(
      await refusal('FROM busybox\nADD https://127.0.0.1/a.git /x\n'),
      /is not supported: put the files into the context/,
    );
    assert.match(await refusal(`FROM busybox\nCOPY ${address}/a /x\n`), /file not found in build context/);
  });

  it('may be archives in xz and bzip2', async () => {
    const plain = await compressed('xz', Buffer.from('no archive'));
    const context = [
      { name: 'a.tar.xz', content: await compressed('xz', archive) },
      { name: 'b', content: await compressed('bzip2', archive) },
      { name: 'plain.xz', content: plain },
    ];
    await built('FROM busybox\nADD a.tar.xz /xz/\nADD b plain.xz /bzip2/\n', context);
    assert.deepEqual(
      (await inImage("cat /xz/dir/file; stat -c ' %a %u' /bzip2/dir/file; stat -c %s /bzip2/plain.xz")).split(
        '\n',
      ),
      ['unpacked 640 9', String(plain.length)],
    );
    await engine().output('rmi', 'built:1');
    const large = rawTar([{ name: 'large', content: randomBytes(300_000) }]);
    const half = (await compressed('xz', large)).subarray(0, 200_000);
    assert.match(
      await refusal('FROM busybox\nADD a.xz /\n', [{ name: 'a.xz', content: half }]),
      /xz: damaged data/,
    );
  });

  it('are not the only archives that may be so', async () => {
    const context = rawTar([{ name: 'Dockerfile', content: 'FROM busybox\nCOPY Dockerfile /\n' }]);
    const environment = { ...engine().clientEnvironment, DOCKER_BUILDKIT: '0' };
    const input = await compressed('bzip2', context);
    const outcome = await engine().docker(['build', '--quiet', '-'], { input, environment });
    assert.equal(outcome.status, 0, outcome.stderr);
    await engine().output('rmi', outcome.stdout.trim());
    const image = { name: 'packed:1', layers: [layerOf({ name: 'file', content: 'x'.repeat(3_000_000) })] };
    const loaded = await loadArchive(engine(), await compressed('xz', rawTar(dockerArchiveOf(image))));
    assert.equal(loaded.status, 0, loaded.stderr);
    assert.equal(await engine().inspect('packed:1', '{{.Id}}'), imageId(image));
    await engine().output('rmi', 'packed:1');
  });

  it('may be imported from a URL', async () => {
    files.set('/root.tar', archive);
    await engine().output('import', `${address}/root.tar`, 'imported:1');
    assert.equal(await engine().inspect('imported:1', '{{.Comment}}'), `Imported from ${address}/root.tar`);
    await engine().output('rmi', 'imported:1');
    for (const path of ['nothing', 'broken']) {
      const { status, stderr } = await engine().docker(['import', `${address}/${path}`, 'imported:1']);
      assert.equal(status, 1);
      assert.match(stderr, path === 'nothing' ? /failed to GET .* with status 404/ : /closed the connection/);
    }
    assert.equal(await engine().output('images', '--quiet', 'imported'), '');
  });

  it('stay while a build goes on, whatever is pruned', async () => {
    const dockerfile = `FROM busybox
      COPY Dockerfile /first
      RUN touch /second; while ! [ -e /dev/shm/go ]; do usleep 50000; done
      FROM busybox
      COPY --from=0 /first /second /third/
    `;
    const words = ['--network', 'none', '--tag', 'built:1'];
    const building = build(engine(), dockerfile.replace(/^ +/gm, ''), { words });
    let container = '';
    await eventually('the command runs', async () => {
      container = await engine().output('ps', '--quiet');
      return container !== '';
    });
    await engine().output('image', 'prune', '--force', '--all');
    await engine().output('exec', container, 'touch', '/dev/shm/go');
    let isBuilding = true;
    const pruning = (async () => {
      while (isBuilding) assert.equal((await engine().request('POST', '/images/prune')).status, 200);
    })();
    const { status, stderr } = await building;
    isBuilding = false;
    await pruning;
    assert.equal(status, 0, stderr);
    assert.equal(await inImage('ls /third'), 'first\nsecond');
    await engine().output('rmi', 'built:1');
  });
});
