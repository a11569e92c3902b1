/** `docker cp`: files into containers and out of them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { rawTar } from './raw-tar.ts';

describe('cp', () => {
  const engine = useEngine();
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paddock-cp-'));
    const volumes = ['-v', 'shelf:/shelf', '-v', 'shelf:/sealed:ro'];
    await engine().output('run', '-d', '--name', 'running', ...volumes, busybox, 'sleep', '100000');
    await engine().output('create', '--name', 'stopped', ...volumes, '--user', 'nobody', busybox, 'true');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const local = (name: string) => join(folder, name);
  const archive = (method: string, path: string, options: object = {}, name = 'running') =>
    engine().request(method, `/v1.51/containers/${name}/archive?path=${encodeURIComponent(path)}`, options);
  const inRunning = (...command: string[]) => engine().output('exec', 'running', ...command);

  for (const name of ['running', 'stopped']) {
    it(`copies a file there and back (${name})`, async () => {
      await writeFile(local('note'), 'hello\n', { mode: 0o640 });
      await engine().output('cp', local('note'), `${name}:/etc/note`);
      await engine().output('cp', `${name}:/etc/note`, local('back'));
      assert.equal(await readFile(local('back'), 'utf8'), 'hello\n');
      assert.equal((await stat(local('back'))).mode & 0o777, 0o640);
      assert.match(await engine().output('diff', name), /^A \/etc\/note$/m);
    });

    it(`copies trees with links, into volumes and out of them (${name})`, async () => {
      await mkdir(local(`tree-${name}/a/b`), { recursive: true });
      await writeFile(local(`tree-${name}/a/b/file`), 'x'.repeat(300_000));
      await symlink('b/file', local(`tree-${name}/a/link`));
      await engine().output('cp', local(`tree-${name}`), `${name}:/shelf/`);
      assert.equal(
        await engine().inMachine(
          `cat /var/lib/system-docker/volumes/shelf/_data/tree-${name}/a/link | wc -c`,
        ),
        '300000',
      );
      await engine().output('cp', `${name}:/sealed/tree-${name}/a`, local(`copy-${name}`));
      assert.equal((await readFile(local(`copy-${name}/link`))).length, 300_000);
      assert.equal(await readlink(local(`copy-${name}/link`)), 'b/file');
    });
  }

  it('streams a tar in and out', async () => {
    const tar = (await engine().docker(['cp', 'running:/etc/passwd', '-'])).stdout;
    assert.match(tar, /^passwd\0/);
    await engine().output('exec', 'running', 'mkdir', '/in');
    const outcome = await engine().docker(['cp', '-', 'running:/in'], { input: Buffer.from(tar, 'latin1') });
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.equal(await inRunning('cmp', '/etc/passwd', '/in/passwd'), '');
  });

  it('describes a path as Go does', async () => {
    const describe = async (path: string) => {
      const { status, headers } = await archive('HEAD', path);
      assert.equal(status, 200);
      return JSON.parse(Buffer.from(String(headers['x-docker-container-path-stat']), 'base64').toString());
    };
    const tmp = await describe('/tmp/');
    assert.deepEqual([tmp.name, tmp.mode, tmp.linkTarget], ['tmp', 2 ** 31 + 2 ** 20 + 0o777, '']);
    assert.match(tmp.mtime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/);
    await inRunning(
      'sh',
      '-c',
      'ln -s /etc /to-etc; ln -s to-etc/passwd /to-passwd; ln -s /no/where /dangling',
    );
    assert.equal((await describe('/to-passwd')).linkTarget, '/etc/passwd');
    assert.equal((await describe('/dangling')).linkTarget, '/no/where');
    assert.equal((await describe('/to-etc/passwd')).name, 'passwd');
    assert.equal((await describe('/to-etc')).mode, 2 ** 27 + 0o777);
    assert.equal((await describe('/to-etc/')).mode, 2 ** 31 + 0o755);
    assert.equal((await describe('/')).name, '/');
  });

  it('names the members after the last part of the path', async () => {
    await inRunning('sh', '-c', 'mkdir -p /deep/dir; echo 1 > /deep/dir/one; ln /deep/dir/one /deep/dir/two');
    const names = async (path: string) => {
      const { body } = await archive('GET', path);
      return memberNames(body);
    };
    assert.deepEqual(await names('/deep/dir'), ['dir/', 'dir/one', 'dir/two']);
    assert.deepEqual(await names('/deep/dir/'), ['dir/', 'dir/one', 'dir/two']);
    assert.deepEqual(await names('/deep/dir/.'), ['./', './one', './two']);
    assert.deepEqual(await names('deep/dir/one'), ['one']);
  });

  it('refuses what is not there or cannot be written', async () => {
    const messages = async (method: string, path: string, extra = {}) => {
      const { status, text } = await archive(method, path, { body: Buffer.alloc(1024), ...extra });
      return [status, JSON.parse(text).message];
    };
    const missing = 'Could not find the file /nope in container running';
    assert.deepEqual(await messages('GET', '/nope'), [404, missing]);
    assert.deepEqual(await messages('PUT', '/nope'), [404, missing]);
    assert.equal((await archive('HEAD', '/nope')).status, 404);
    assert.deepEqual(await messages('PUT', '/etc/passwd'), [400, 'extraction point is not a directory']);
    assert.deepEqual(await messages('PUT', '/sealed'), [400, 'mounted volume is marked read-only']);
    assert.match((await messages('GET', ''))[1], /path: cannot be empty/);
    await engine().output('create', '--name', 'frozen', '--read-only', '-v', 'shelf:/shelf', busybox, 'true');
    const frozen = await archive('PUT', '/etc', { body: Buffer.alloc(1024) }, 'frozen');
    assert.deepEqual(
      [frozen.status, JSON.parse(frozen.text).message],
      [400, 'container rootfs is marked read-only'],
    );
    assert.equal((await archive('PUT', '/shelf', { body: Buffer.alloc(1024) }, 'frozen')).status, 200);
    assert.equal((await archive('PUT', '/etc', { body: 'no tar at all' })).status, 400);
    const cut = await archive('PUT', '/tmp', {
      body: rawTar([{ name: 'half', content: 'abc' }]).subarray(0, 600),
    });
    assert.equal(cut.status, 400);
  });

  it('does not put a file in the place of a directory, or the other way round', async () => {
    await inRunning('mkdir', '-p', '/place/dir');
    const file = rawTar([{ name: 'dir', content: 'x' }]);
    const path = '/v1.51/containers/running/archive?path=/place';
    const refused = await engine().request('PUT', `${path}&noOverwriteDirNonDir=true`, { body: file });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /cannot overwrite directory .* with non-directory/);
    assert.equal((await engine().request('PUT', path, { body: file })).status, 200);
    assert.equal(await inRunning('cat', '/place/dir'), 'x');
  });

  it('gives files to the user of the container if asked', async () => {
    await writeFile(local('mine'), '');
    await engine().output('cp', '--archive', local('mine'), 'stopped:/tmp/mine');
    const listing = (await engine().docker(['cp', 'stopped:/tmp/mine', '-'])).stdout;
    assert.match(listing.slice(108, 124), /^0*177776\0/);
  });

  it('stays in the container, whatever links say', async () => {
    await engine().inMachine('mkdir -p /var/outside; echo secret > /var/outside/secret');
    await inRunning('sh', '-c', 'ln -s /var/outside /escape; ln -s ../../../../../var/outside /up');
    for (const path of ['/escape/secret', '/up/secret', '/../../var/outside/secret']) {
      assert.equal((await archive('GET', path)).status, 404, path);
    }
    const body = rawTar([
      { name: 'evil', type: 'link', target: '/var/outside' },
      { name: 'evil/planted', content: 'x' },
    ]);
    await archive('PUT', '/tmp', { body });
    assert.equal(await engine().inMachine('ls /var/outside'), 'secret');
    const upward = await archive('PUT', '/tmp', {
      body: rawTar([{ name: '../../var/outside/x', content: 'x' }]),
    });
    assert.equal(upward.status, 400);
    assert.equal(await engine().inMachine('ls /var/outside'), 'secret');
    await engine().inMachine('rm -r /var/outside');
  });

  it('shows the files of /etc that the engine mounts, and follows links in the container', async () => {
    await engine().output('cp', 'running:/etc/hostname', local('hostname'));
    const id = await engine().inspect('running', '{{.Id}}');
    assert.equal(await readFile(local('hostname'), 'utf8'), `${id.slice(0, 12)}\n`);
  });

  it('leaves a container that is started meanwhile alone', async () => {
    await engine().output(
      'create',
      '--name',
      'later',
      busybox,
      'sh',
      '-c',
      'cat /tmp/big | wc -c; sleep 1000',
    );
    const big = Buffer.alloc(30_000_000, 'x');
    const header = rawTar([{ name: 'big', content: big }]);
    await archive('PUT', '/tmp', { body: header }, 'later');
    const reading = archive('GET', '/', {}, 'later');
    await engine().output('start', 'later');
    assert.ok((await reading).body.length > big.length);
    assert.match(await engine().output('exec', 'later', 'ls', '/tmp'), /^big$/m);
    await engine().output('rm', '-f', 'later');
  });

  it('leaves a trace in diff, as every change does', async () => {
    const script =
      'mkdir /new; touch /new/file; rm /etc/group; echo x >> /etc/passwd; rm -r /var; mkdir /var; mkfifo /var/pipe';
    await engine().output('run', '--name', 'changed', busybox, 'sh', '-c', script);
    const lines = (await engine().output('diff', 'changed')).split('\n').sort();
    const spool = lines.filter((line) => line.startsWith('D /var/'));
    assert.deepEqual(
      lines.filter((line) => !spool.includes(line)),
      ['A /new', 'A /new/file', 'A /var/pipe', 'C /etc', 'C /etc/passwd', 'C /var', 'D /etc/group'],
    );
    await engine().output('create', '--name', 'fresh', busybox);
    assert.equal((await engine().request('GET', '/containers/fresh/changes')).text, 'null\n');
    assert.equal((await engine().request('GET', '/containers/nope/changes')).status, 404);
  });

  it('is told as events', async () => {
    const until = String(Date.now() / 1000 + 0.001);
    const text = await engine().output('events', '--since', '1', '--until', until, '--format', '{{.Action}}');
    assert.match(text, /^archive-path$/m);
    assert.match(text, /^extract-to-dir$/m);
  });

  it('compresses what it gives to those who ask for it, and only then', async () => {
    await engine().output('exec', 'running', 'sh', '-c', 'yes repetition | head -c 1000000 >/tmp/long');
    const plain = await archive('GET', '/tmp/long');
    assert.equal(plain.headers['content-encoding'], undefined);
    const small = await archive('GET', '/tmp/long', {
      headers: { 'Accept-Encoding': 'deflate, gzip;q=0.5' },
    });
    assert.equal(small.headers['content-encoding'], 'gzip');
    assert.ok(small.body.length < plain.body.length / 100);
    assert.deepEqual(gunzipSync(small.body), plain.body);
    const none = await archive('GET', '/tmp/long', { headers: { 'Accept-Encoding': 'identity, gzip;q=0' } });
    assert.deepEqual(none.body, plain.body);
  });
});

/** The names in a tar without extended headers. */
function memberNames(tar: Buffer): string[] {
  const names: string[] = [];
  for (let offset = 0; offset + 512 <= tar.length && tar[offset] !== 0; ) {
    names.push(tar.toString('utf8', offset, tar.indexOf(0, offset)));
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 135), 8);
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}
