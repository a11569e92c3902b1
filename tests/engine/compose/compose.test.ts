/** `docker compose` through the life of a project: compose/shop has one of everything. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { outputOf } from '../../system/process.ts';
import { type ComposeProject, composeProject } from '../docker-compose.ts';
import { useEngine } from '../engine-under-test.ts';
import { eventually } from '../eventually.ts';

describe('docker compose', () => {
  const engine = useEngine();
  let shop: ComposeProject;
  /** Compose clears the line before each of a log, whatever it is told about terminals. */
  const withoutClearing = (text: string) => text.replaceAll('\x1b[2K', '');
  const run = async (...words: string[]) => withoutClearing(outputOf(await shop.compose(words)));
  const lines = (text: string) => text.split('\n').sort();
  const ids = async () => lines(await run('ps', '--all', '--quiet', '--no-trunc'));
  const states = async () =>
    lines(await run('ps', '--all', '--format', '{{.Name}} {{.State}}{{with .Health}} {{.}}{{end}}'));
  /** What the web server has, which may need a moment to listen after its start. */
  const page = async (path: string) => {
    let text = '';
    const fetchPage = async () => {
      const { status, stdout } = await engine().machine.run(`wget -q -O - http://127.0.0.1:8080/${path}`);
      text = stdout.trim();
      return status === 0;
    };
    await eventually(`${path} comes`, fetchPage);
    return text;
  };

  before(async () => {
    shop = await composeProject(engine(), join(import.meta.dirname, 'shop'));
  });

  it('up builds, makes and starts everything in order', async () => {
    await run('up', '--detach', '--wait', '--quiet-pull');
    assert.deepEqual(await states(), [
      'shop-database-1 running healthy',
      'shop-migration-1 exited',
      'shop-web-1 running',
      'shop-worker-1 running',
      'shop-worker-2 running',
    ]);
    const migration = await run('logs', '--no-log-prefix', 'migration');
    assert.equal(migration, 'open sesame'); // the secret, by an alias, when the database was healthy
  });

  it('publishes ports, and gives configs and what was built', async () => {
    assert.equal(await page('index.html'), 'hello from the build');
    assert.equal(await page('page.html'), '<h1>shop</h1>');
    assert.equal(await run('port', 'web', '80'), '127.0.0.1:8080');
  });

  it('separates networks, and gives names on them', async () => {
    assert.match(await run('exec', 'worker', 'nslookup', 'records.example'), /Name:\s+records\.example/);
    assert.match(
      await run('exec', '--index', '2', 'worker', 'wget', '-q', '-O', '-', 'web'),
      /from the build/,
    );
    const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    assert.equal(await engine().inspect('shop-web-1', networks), 'shop_back shop_front');
    assert.equal(await engine().inspect('shop-worker-1', networks), 'shop_back');
    assert.doesNotMatch(await run('exec', 'worker', 'ip', 'route'), /default/); // the network is internal
  });

  it('passes variables of the shell and of env_file', async () => {
    const variables = lines(await run('exec', 'web', 'env'));
    assert.ok(variables.includes('COLOUR=red'));
    assert.ok(variables.includes('SIZE=large'));
  });

  it('lists projects, images, processes and events', async () => {
    assert.match(await run('ls', '--all'), /^shop +exited\(1\), running\(4\) +/m);
    assert.match(await run('images', 'web'), /shop-web-1\s+shop-web\s+latest\s+[0-9a-f]{12}/);
    assert.match(await run('top', 'worker'), /sleep 1000/);
    assert.deepEqual(lines(await run('config', '--services')), ['database', 'migration', 'web', 'worker']);
  });

  it('gives logs of all services with their names', async () => {
    await run('exec', 'worker', 'sh', '-c', 'echo from a worker >/proc/1/fd/1');
    const logs = await run('logs', '--no-color');
    assert.match(logs, /^worker-1\s+\| from a worker$/m);
    assert.match(logs, /^migration-1\s+\| open sesame$/m);
  });

  it('up again changes nothing', async () => {
    const before = await ids();
    await run('up', '--detach', '--wait');
    assert.deepEqual(await ids(), before);
  });

  it('up makes anew what was changed, and nothing else', async () => {
    const before = await ids();
    const { status } = await shop.compose(['up', '--detach', '--wait'], { environment: { COLOUR: 'blue' } });
    assert.equal(status, 0);
    const now = await ids();
    assert.equal(now.filter((id) => !before.includes(id)).length, 1);
    assert.match(await run('exec', 'web', 'env'), /^COLOUR=blue$/m);
    assert.equal(await page('index.html'), 'hello from the build');
  });

  it('run makes a container for one command', async () => {
    const words = ['run', '--rm', '--no-TTY', '--no-deps', 'worker', 'cat', '/etc/hostname'];
    assert.match(await run(...words), /^[0-9a-f]{12}$/);
    const failed = await shop.compose(['run', '--rm', '-T', '--no-deps', 'worker', 'sh', '-c', 'exit 7']);
    assert.equal(failed.status, 7);
    const input = await shop.compose(['run', '--rm', '-T', '--no-deps', 'worker', 'cat'], { input: 'given' });
    assert.equal(input.stdout, 'given');
  });

  it('scales', async () => {
    await run('scale', 'worker=3');
    assert.equal((await run('ps', '--quiet', 'worker')).split('\n').length, 3);
    await run('scale', 'worker=1');
    assert.equal((await run('ps', '--quiet', 'worker')).split('\n').length, 1);
  });

  it('starts what belongs to a profile only by it', async () => {
    await run('--profile', 'debug', 'up', '--detach', 'tools');
    // It shares the network of the database, where this is the web server.
    assert.equal(
      await run('exec', 'tools', 'wget', '-q', '-O', '-', 'http://127.0.0.1/password'),
      'open sesame',
    );
    await run('--profile', 'debug', 'rm', '--stop', '--force', 'tools');
  });

  it('copies, pauses, kills, and waits', async () => {
    await run('cp', 'worker:/etc/hostname', join(shop.directory, 'hostname'));
    await run('cp', join(shop.directory, 'page.html'), 'worker:/tmp/page.html');
    assert.equal(await run('exec', 'worker', 'cat', '/tmp/page.html'), '<h1>shop</h1>');
    await run('pause', 'worker');
    assert.match((await states()).join('\n'), /worker-1 paused/);
    await run('unpause', 'worker');
    await run('exec', '--detach', 'worker', 'sh', '-c', 'sleep 2; kill $(pidof sleep)');
    assert.equal((await shop.compose(['wait', 'worker'])).status, 143);
    await run('start', 'worker');
    await run('kill', '--signal', 'KILL', 'worker');
    await eventually('it is dead', async () => (await states()).includes('shop-worker-1 exited'));
  });

  it('stops, starts and restarts', async () => {
    await run('stop', '--timeout', '1');
    assert.ok((await states()).every((state) => state.includes(' exited')));
    await run('start');
    await run('up', '--detach', '--wait');
    assert.match((await states()).join('\n'), /web-1 running/);
    const started = await engine().inspect('shop-web-1', '{{.State.StartedAt}}');
    await run('restart', '--timeout', '1', 'web');
    assert.notEqual(await engine().inspect('shop-web-1', '{{.State.StartedAt}}'), started);
    assert.equal(await page('index.html'), 'hello from the build');
  });

  it('up stays attached to what it has started, until that ends', async () => {
    await run('down');
    const attached = await shop.compose(['up', '--abort-on-container-exit', '--no-color', 'migration']);
    assert.match(withoutClearing(attached.stdout), /^migration-1\s+\| open sesame$/m);
    assert.match(attached.stdout, /migration-1 exited with code 0/);
    assert.ok((await states()).includes('shop-migration-1 exited'));
  });

  it('up fails when what it waits for gets ill', async () => {
    const files = ['compose.yaml', 'sick.yaml'].flatMap((file) => ['--file', join(shop.directory, file)]);
    const { status, stderr } = await shop.compose([...files, 'up', '--detach', 'migration']);
    assert.equal(status, 1);
    assert.match(stderr, /dependency failed to start: container shop-database-1 is unhealthy/);
  });

  it('down leaves nothing', async () => {
    await run('up', '--detach');
    await run('down', '--volumes', '--rmi', 'local', '--timeout', '1');
    assert.equal(await engine().output('ps', '--all', '--quiet'), '');
    assert.equal(await engine().output('volume', 'ls', '--quiet'), '');
    assert.equal(await engine().output('network', 'ls', '--format', '{{.Name}}'), 'bridge\nhost\nnone');
    assert.equal(await engine().output('images', '--quiet', 'shop-web'), '');
  });
});
