/** docker export and docker import. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTar } from '../../builder/tree/tar.ts';
import { useEngine } from './engine-under-test.ts';
import { listScratch } from './load-archive.ts';
import { rawTar } from './raw-tar.ts';

describe('import and export', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const exported = async (container: string) => {
    const archive = `${engine().machine.sockets}/exported.tar`;
    await docker('export', '--output', archive, container);
    return await readFile(archive);
  };
  const imported = (input: Buffer, ...words: string[]) => engine().docker(['import', ...words], { input });

  it('exports a container that never ran, runs, or has ended', async () => {
    const volume = ['--volume', '/volume'];
    await docker(
      'create',
      '--name',
      'made',
      ...volume,
      'busybox',
      'sh',
      '-c',
      'touch /mark /volume/x; sleep 99',
    );
    const before = readTar(await exported('made'));
    for (const path of ['usr/bin/[', 'etc/hostname', 'proc'])
      assert.ok(before.has(path), [...before.keys()].join(' '));
    assert.ok(!before.has('mark'));
    await docker('start', 'made');
    await engine().inMachine(
      'while ! ls /var/lib/system-docker/containers/*/upper/mark; do usleep 50000; done',
    );
    const running = readTar(await exported('made'));
    assert.ok(running.has('mark') && running.has('volume') && !running.has('volume/x'));
    await docker('kill', 'made');
    const ended = await exported('made');
    assert.deepEqual([...readTar(ended).keys()], [...running.keys()]);
    await docker('rm', '--volumes', 'made');
  });

  it('imports what it exported', async () => {
    await docker(
      'run',
      '--name',
      'source',
      'busybox',
      'sh',
      '-c',
      'echo kept >/kept; chown 7:8 /kept; rm /bin/cat',
    );
    const archive = await exported('source');
    const { stdout, stderr } = await imported(
      gzipSync(archive),
      ...[
        '--change',
        'CMD ["sh", "-c", "stat -c %u:%g /kept; ls /bin/cat"]',
        '--message',
        'by hand',
        '-',
        'again:1',
      ],
    );
    assert.match(stdout, /^sha256:[0-9a-f]{64}$/m, stderr);
    const { stdout: seen } = await engine().docker(['run', '--rm', 'again:1']);
    assert.equal(seen.trim(), '7:8');
    assert.equal(await engine().inspect('again:1', '{{.Id}} {{.Comment}}'), `${stdout.trim()} by hand`);
    const history = await docker('history', '--format', '{{.Comment}}', 'again:1');
    assert.equal(history, 'by hand');
    await docker('rm', 'source');
    await docker('rmi', 'again:1');
    assert.equal(await engine().inMachine(listScratch), '');
  });

  it('refuses what cannot be imported, and leaves nothing', async () => {
    const archive = rawTar([{ name: 'file', content: 'text' }]);
    const before = await docker('images', '--all', '--quiet');
    assert.match((await imported(Buffer.alloc(3000, 'x'), '-')).stderr, /tar: /);
    assert.match((await imported(archive.subarray(0, 700), '-')).stderr, /unexpected end of archive/);
    assert.match(
      (await imported(archive, '--change', 'FROM x', '-')).stderr,
      /from is not a valid change command/,
    );
    assert.match((await imported(archive, '-', 'Upper')).stderr, /must be lowercase/);
    const hostile = rawTar([{ name: '../../../escaped', content: 'x' }]);
    assert.match((await imported(hostile, '-')).stderr, /outside of the layer/);
    const fromUrl = await engine().docker(['import', 'http://127.0.0.1:9/a.tar']);
    assert.match(fromUrl.stderr, /dial tcp 127\.0\.0\.1:9: connect: connection refused/);
    assert.equal(await docker('images', '--all', '--quiet'), before);
    assert.equal(await engine().inMachine(listScratch), '');
  });
});
