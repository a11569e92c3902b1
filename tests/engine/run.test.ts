/** `docker run`: exit codes, standard streams, configuration. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('run', () => {
  const engine = useEngine();
  const run = (...words: string[]) => engine().docker(['run', '--rm', ...words]);
  const sh = async (options: string[], script: string) =>
    outputOf(await run(...options, busybox, 'sh', '-c', script));

  it('keeps standard output and standard error apart, and gives the exit status', async () => {
    const outcome = await run(busybox, 'sh', '-c', 'echo to-out; echo to-err >&2; exit 42');
    assert.deepEqual(outcome, { status: 42, stdout: 'to-out\n', stderr: 'to-err\n' });
  });

  it('copies ten megabytes in and out', async () => {
    const input = randomBytes(10_000_000);
    const name = ['--name', 'copier'];
    const copy = await engine().docker(['run', ...name, '-i', busybox, 'tee', '/copy'], { input });
    assert.equal(copy.status, 0);
    // Standard output is bytes here, which the text of an outcome cannot hold.
    const upper = await engine().inspect('copier', '{{.GraphDriver.Data.UpperDir}}');
    const digest = createHash('sha256').update(input).digest('hex');
    assert.equal(await engine().inMachine(`sha256sum < ${upper}/copy`), `${digest}  -`);
    await engine().output('rm', 'copier');
    const summed = await engine().docker(['run', '--rm', '-i', busybox, 'sha256sum'], { input });
    assert.equal(outputOf(summed), `${digest}  -`);
  });

  it('loses no byte of ten megabytes of output', async () => {
    const outcome = await run(busybox, 'sh', '-c', 'yes 123456789 | head -c 10000000');
    assert.equal(outcome.status, 0);
    assert.equal(outcome.stdout.length, 10_000_000);
    assert.equal(outcome.stdout, '123456789\n'.repeat(1_000_000));
  });

  it('does not wait for the input of a process that does not read it', async () => {
    const input = randomBytes(3_000_000);
    assert.equal((await engine().docker(['run', '--rm', '-i', busybox, 'true'], { input })).status, 0);
  });

  it('keeps output that comes after the end of input', async () => {
    const script = 'cat; sleep 0.3; echo after';
    const outcome = await engine().docker(['run', '--rm', '-i', busybox, 'sh', '-c', script], {
      input: 'a\n',
    });
    assert.equal(outputOf(outcome), 'a\nafter');
  });

  it('passes environment, working directory, host name and labels', async () => {
    const options = ['--env', 'A=b c', '--workdir', '/var/new/place', '--hostname', 'box'];
    assert.equal(
      await sh(options, 'echo "$A"; pwd; hostname; cat /etc/hostname'),
      'b c\n/var/new/place\nbox\nbox',
    );
    assert.match(await sh([], 'env | sort'), /^HOME=\/root\nHOSTNAME=[0-9a-f]{12}\nPATH=/m);
  });

  it('finds users and groups by name in the image', async () => {
    assert.match(await sh(['--user', 'nobody'], 'id -u; id -g; echo $HOME'), /^65534\n65534\n\/$/);
    assert.equal(await sh(['--user', '1234:55'], 'id -u; id -g; id -G'), '1234\n55\n55');
    assert.equal(await sh(['--user', '7', '--group-add', '99'], 'id -u; id -G'), '7\n0 99');
  });

  it('has the limits that it is told', async () => {
    const limits = ['--ulimit', 'nofile=123:456', '--ulimit', 'core=0'];
    assert.equal(await sh(limits, 'ulimit -Sn; ulimit -Hn; ulimit -c'), '123\n456\n0');
  });

  it('writes hosts and resolv.conf', async () => {
    const options = ['--add-host', 'db:10.0.0.7', '--add-host', 'six:fd00::1', '--dns', '192.0.2.1'];
    const text = await sh(
      [...options, '--dns-search', 'example.org', '--dns-option', 'ndots:3'],
      'cat /etc/hosts /etc/resolv.conf',
    );
    assert.match(text, /^127\.0\.0\.1\tlocalhost$/m);
    assert.match(text, /^10\.0\.0\.7\tdb$/m);
    assert.match(text, /^fd00::1\tsix$/m);
    assert.match(text, /^nameserver 192\.0\.2\.1\nsearch example\.org\noptions ndots:3$/m);
    assert.equal(await sh([], 'cat /etc/resolv.conf'), await engine().inMachine('cat /etc/resolv.conf'));
  });

  it('runs what the image and the command line say', async () => {
    assert.equal(outputOf(await run('--entrypoint', 'expr', busybox, '6', '*', '7')), '42');
    const refused = await run('--entrypoint', '', '--name', 'nothing', busybox);
    assert.equal(refused.status, 125);
    assert.match(refused.stderr, /no command specified/);
  });

  it('has no process of its own beside a container', async () => {
    const children = "grep -lE '^PPid:\\s1$' /proc/[0-9]*/status | wc -l";
    const count = async () => Number(await engine().inMachine(children));
    const before = await count();
    for (const name of ['one', 'two', 'three']) {
      await engine().output('run', '--detach', '--name', name, busybox, 'sleep', '1000');
    }
    await eventually('there are three more', async () => (await count()) === before + 3);
    await engine().output('rm', '--force', 'one', 'two', 'three');
  });
});
