/** On which network the commands of a build run: `docker build --network`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { build, stepsOf } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';

describe('the network of a build', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  /** What RUN prints, without the cache. */
  const ran = async (command: string, ...words: string[]) => {
    const outcome = await build(engine(), `FROM busybox\nRUN ${command}\n`, {
      words: ['--no-cache', ...words],
    });
    assert.equal(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
    const steps = stepsOf(outcome);
    return steps.slice(
      steps.indexOf(' ---> Running in ID') + 1,
      steps.indexOf(' ---> Removed intermediate container ID'),
    );
  };

  before(async () => {
    await docker('network', 'create', '--subnet', '10.7.0.0/24', 'farm');
    await docker('run', '--detach', '--name', 'barn', '--network', 'farm', 'busybox', 'sleep', '1000');
  });
  after(() => engine().docker(['rm', '--force', 'barn']));

  it('is the default bridge', async () => {
    assert.deepEqual(await ran('ip route | head -n 1'), ['default via 172.18.42.1 dev eth0 ']);
    assert.deepEqual(await ran('ip route | head -n 1', '--network', 'default'), [
      'default via 172.18.42.1 dev eth0 ',
    ]);
  });

  it('is one of a user, with its names', async () => {
    const [line] = await ran('ping -c1 -W2 barn | head -n 1', '--network', 'farm');
    assert.equal(line, 'PING barn (10.7.0.2): 56 data bytes');
  });

  it('is none, the host’s, or that of a container', async () => {
    assert.deepEqual(await ran('ls /sys/class/net', '--network', 'none'), ['lo']);
    // Without the bridges, which come and go.
    const list = 'ls /sys/class/net | grep -v -e ^br- -e ^docker-sys';
    const interfaces = (await engine().inMachine(list)).split('\n');
    assert.deepEqual(await ran(list, '--network', 'host'), interfaces);
    const [line] = await ran('ip -4 -o address show eth0', '--network', 'container:barn');
    assert.match(line ?? '', / 10\.7\.0\.2\/24 /);
  });

  it('has to exist; what has been begun is gone', async () => {
    const words = ['--no-cache', '--force-rm', '--network', 'nowhere'];
    const { status, stderr } = await build(engine(), 'FROM busybox\nRUN true\n', { words });
    assert.equal(status, 1);
    assert.match(stderr, /failed to set up container networking: network nowhere not found/);
    assert.equal(await docker('ps', '--all', '--format', '{{.Names}}'), 'barn');
    assert.equal(await engine().packetFilter('tables'), 'table inet paddock-system-docker');
  });

  it('is left when the build is over', async () => {
    await docker('rm', '--force', 'barn');
    assert.equal(await engine().packetFilter('ruleset'), '');
    await docker('network', 'rm', 'farm');
  });
});
