/** docker build when something is wrong: Dockerfiles, contexts, clients. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { build } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { type RawMember, rawTar } from './raw-tar.ts';

/** What the client prints of builds that fail. All have a file `x` in their context. */
const errors: [dockerfile: string, message: string][] = [
  ['FROM busybox\nRUN exit 3\n', "The command '/bin/sh -c exit 3' returned a non-zero code: 3"],
  [
    'FROM busybox\nNONSENSE\n',
    'Error response from daemon: dockerfile parse error on line 2: unknown instruction: NONSENSE',
  ],
  [
    'FROM busybox\nCOPY missing /\n',
    'COPY failed: file not found in build context or excluded by .dockerignore: stat missing: file does not exist',
  ],
  ['FROM busybox\nCOPY missing* /\n', 'COPY failed: no source files were specified'],
  ['FROM busybox\nADD ../x /\n', 'ADD failed: forbidden path outside the build context: ../x ()'],
  [
    'FROM busybox\nCOPY a b /c\n',
    'When using COPY with more than one source file, the destination must be a directory and end with a /',
  ],
  ['FROM busybox\nCOPY --chown=nobody-knows x /\n', 'no matching entries in passwd file'],
  ['FROM busybox\nCOPY --chmod=9 x /\n', "invalid chmod parameter: '9'"],
  ['FROM busybox\nCOPY x /etc/passwd/x\n', 'cannot copy to non-directory: /etc/passwd'],
  ['FROM busybox\nCOPY --from=9 x /\n', 'invalid from flag value 9: refers to current build stage'],
  ['FROM $nothing\n', 'base name ($nothing) should not be blank'],
  ['FROM scratch\n', 'No image was generated. Is your Dockerfile empty?'],
  ['FROM scratch\nRUN true\n', 'RUN needs an image with a program to run'],
  ['FROM busybox\nRUN --mount=type=cache,target=/c true\n', 'the --mount option requires BuildKit'],
  ['FROM busybox\nRUN ["/missing"]\n', 'no such file or directory'],
  ['  \n', 'the Dockerfile (Dockerfile) cannot be empty'],
];

describe('build that fails', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const containers = async () => (await docker('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  const refusal = async (dockerfile: string, files: readonly RawMember[] = [], ...words: string[]) => {
    const outcome = await build(engine(), dockerfile, { files, words });
    assert.notEqual(outcome.status, 0, outcome.stdout);
    return outcome.stderr;
  };

  it('tells errors as Docker does', async () => {
    for (const [dockerfile, message] of errors) {
      const stderr = await refusal(dockerfile, [{ name: 'x', content: 'x' }], '--force-rm');
      assert.ok(stderr.includes(message), `${dockerfile}${stderr}`);
    }
    assert.match(
      await refusal('FROM busybox', [], '--file', 'other'),
      /Cannot locate specified Dockerfile: other/,
    );
    assert.match(await refusal('FROM busybox', [], '--target', 'x'), /target stage "x" could not be found/);
    assert.equal(await engine().inMachine(listScratch), '');
    assert.deepEqual(await containers(), []);
  });

  it('gives the exit code of the command, and keeps its container unless it is to go', async () => {
    const quiet = await build(engine(), 'FROM busybox\nRUN echo seen; exit 4\n', { words: ['--quiet'] });
    assert.match(quiet.stderr + quiet.stdout, /returned a non-zero code: 4/);
    const { status } = await build(engine(), 'FROM busybox\nRUN exit 3\n');
    assert.equal(status, 3);
    const kept = await containers();
    assert.equal(kept.length, 2);
    await docker('rm', ...kept);
    await refusal('FROM busybox\nRUN exit 3\n', [], '--force-rm');
    assert.deepEqual(await containers(), []);
  });

  it('keeps a hostile context inside', async () => {
    const traces = 'ls -la /tmp; stat -c %a /etc';
    const before = await engine().inMachine(traces);
    const dockerfile = { name: 'Dockerfile', content: 'FROM busybox' };
    const outside = rawTar([{ name: '../../../tmp/escaped', content: 'x' }, dockerfile]);
    const { status, text } = await engine().request('POST', '/build', { body: outside });
    assert.equal(status, 400, text);
    assert.match(text, /outside of/);
    const up = { name: 'up', type: 'link', target: '../../../../../etc' } as const;
    assert.match(await refusal('FROM busybox\nCOPY up/shadow /x\n', [up]), /up\/shadow: file does not exist/);
    const link = { name: 'link', type: 'link', target: '/tmp' } as const;
    await refusal('FROM busybox\nCOPY link /link\n', [link, { name: 'link/escaped', content: 'x' }]);
    const { status: noArchive } = await engine().request('POST', '/build', { body: 'x'.repeat(5000) });
    assert.equal(noArchive, 400);
    assert.equal(await engine().inMachine(traces), before);
    assert.equal(await engine().inMachine(listScratch), '');
  });

  it('ends with its client at any time, and removes what it has running', async () => {
    const dockerfile = 'FROM busybox\nRUN echo begun; sleep 1000\n';
    const context = rawTar([{ name: 'Dockerfile', content: dockerfile }]);
    const head = `POST /build HTTP/1.1\r\nHost: x\r\nContent-Length: ${context.length}\r\n\r\n`;
    for (const said of ['Step 2/2', 'Running in', '"begun']) {
      const connection = await engine().connect();
      connection.socket.write(Buffer.concat([Buffer.from(head), context]));
      await eventually(`it says ${said}`, async () => connection.received().includes(said));
      connection.socket.destroy();
      await eventually('its container is gone', async () => {
        return (await containers()).length === 0 && (await engine().inMachine(listScratch)) === '';
      });
    }
  });

  it('says when the context does not fit on the disk, and gives the space back', async () => {
    const scratch = `${engineRoot}/tmp`;
    await engine().inMachine(`mount -t tmpfs -o size=4m small ${scratch}`);
    try {
      const large = { name: 'large', content: Buffer.alloc(8 * 1024 * 1024) };
      assert.match(await refusal('FROM busybox\nCOPY large /\n', [large]), /no space left on device/);
      assert.match(await engine().inMachine(`${listScratch}; df -k ${scratch} | tail -1`), / 0 +4096 /);
    } finally {
      await engine().inMachine(`umount ${scratch}`);
    }
  });

  it('serves dockerode, and refuses BuildKit', async () => {
    const context = rawTar([{ name: 'Dockerfile', content: 'FROM busybox\nRUN echo from dockerode\n' }]);
    const stream = await engine().api.buildImage(Readable.from([context]), { t: 'dockerode:1' });
    const lines = await new Promise<{ stream?: string }[]>((resolve, reject) => {
      engine().api.modem.followProgress(stream, (error, output) => (error ? reject(error) : resolve(output)));
    });
    assert.ok(lines.some((line) => line.stream === 'from dockerode\n'));
    await docker('rmi', 'dockerode:1');
    for (const path of ['/build?version=2', '/grpc', '/session']) {
      const { status, text } = await engine().request('POST', path);
      assert.deepEqual([status, /DOCKER_BUILDKIT=0/.test(text)], [501, true]);
    }
    const remote = await engine().request('POST', '/build?remote=https://example.org/a.git');
    assert.equal(remote.status, 501);
    assert.equal((await engine().request('POST', '/build/prune')).status, 200);
  });
});
