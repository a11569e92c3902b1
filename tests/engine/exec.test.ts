/** `docker exec`. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('exec', () => {
  const engine = useEngine();
  before(async () => {
    await engine().output('run', '-d', '--name', 'host', '--env', 'FROM=run', busybox, 'sleep', '100000');
  });
  const exec = (options: string[], ...command: string[]) =>
    engine().docker(['exec', ...options, 'host', ...command]);

  /** Makes and starts an exec; returns what its stream was and what is known about it afterwards. */
  async function throughApi(config: object) {
    const created = await engine().request('POST', '/v1.51/containers/host/exec', { body: config });
    assert.equal(created.status, 201, created.text);
    const { Id } = JSON.parse(created.text);
    const started = await engine().request('POST', `/v1.51/exec/${Id}/start`, { body: { Detach: false } });
    const inspected = JSON.parse((await engine().request('GET', `/v1.51/exec/${Id}/json`)).text);
    return { started, inspected };
  }

  it('keeps the streams apart and gives the exit status', async () => {
    const outcome = await exec([], 'sh', '-c', 'echo out; echo err >&2; exit 9');
    assert.deepEqual(outcome, { status: 9, stdout: 'out\n', stderr: 'err\n' });
    assert.equal((await exec([], 'sh', '-c', 'kill -TERM $$')).status, 143);
  });

  it('copies megabytes in, and ends its input', async () => {
    const input = randomBytes(5_000_000);
    const outcome = await engine().docker(['exec', '-i', 'host', 'sha256sum'], { input });
    assert.equal(outputOf(outcome), `${createHash('sha256').update(input).digest('hex')}  -`);
  });

  it('has no input unless it is asked for', async () => {
    assert.equal(outputOf(await exec([], 'wc', '-c')), '0');
  });

  it('passes environment, directory and user', async () => {
    const options = ['--env', 'A=b c', '--workdir', '/etc', '--user', 'nobody'];
    const text = outputOf(await exec(options, 'sh', '-c', 'echo "$A $FROM"; pwd; id -un; echo $HOME'));
    assert.deepEqual(text.split('\n'), ['b c run', '/etc', 'nobody', '/']);
    assert.match(outputOf(await exec([], 'env')), /^HOME=\/root$/m);
  });

  it('joins the container', async () => {
    assert.match(outputOf(await exec([], 'ps', '-o', 'pid,args')), /^\s+1 sleep 100000$/m);
    const group = outputOf(await exec([], 'cat', '/proc/self/cgroup'));
    assert.match(group, /^0::\/$/m);
  });

  it('has the privileges of the container, or all', async () => {
    const capabilities = ['grep', 'CapEff', '/proc/self/status'];
    assert.match(outputOf(await exec([], ...capabilities)), /00000000a80425fb$/);
    const own = await engine().inMachine('grep CapEff /proc/1/status');
    assert.equal(outputOf(await exec(['--privileged'], ...capabilities)), own);
  });

  it('says why a command cannot be executed', async () => {
    const missing = await exec([], 'no-such-command');
    assert.equal(missing.status, 127);
    assert.equal(
      missing.stdout.trim(),
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "no-such-command": executable file not found in $PATH',
    );
    const file = await exec([], '/etc/passwd');
    assert.equal(file.status, 126, file.stdout + file.stderr);
    assert.match(file.stdout + file.stderr, /exec: "\/etc\/passwd": permission denied/);
    const directory = await exec(['--workdir', '/no/such'], 'true');
    assert.notEqual(directory.status, 0);
    assert.match(directory.stdout + directory.stderr, /\/no\/such/);
    const user = await exec(['--user', 'stranger'], 'true');
    assert.notEqual(user.status, 0);
    assert.match(
      user.stdout + user.stderr,
      /unable to find user stranger: no matching entries in passwd file/,
    );
  });

  it('runs in the background', async () => {
    assert.deepEqual(await exec(['--detach'], 'touch', '/touched'), { status: 0, stdout: '', stderr: '' });
    await eventually(
      'the file is there',
      async () => (await exec([], 'test', '-f', '/touched')).status === 0,
    );
    const failed = await exec(['--detach'], 'no-such-command');
    assert.notEqual(failed.status, 0);
  });

  it('tells about itself', async () => {
    const config = { AttachStdout: true, Cmd: ['sh', '-c', 'echo x; exit 3'], User: '1', Privileged: true };
    const { started, inspected } = await throughApi(config);
    assert.equal(started.status, 200);
    assert.equal(started.body.toString('latin1'), '\x01\0\0\0\0\0\0\x02x\n');
    const { ID, ContainerID, Pid, ...rest } = inspected;
    assert.match(`${ID} ${ContainerID}`, /^[0-9a-f]{64} [0-9a-f]{64}$/);
    assert.equal(typeof Pid, 'number');
    assert.deepEqual(rest, {
      Running: false,
      ExitCode: 3,
      ProcessConfig: {
        tty: false,
        entrypoint: 'sh',
        arguments: ['-c', 'echo x; exit 3'],
        privileged: true,
        user: '1',
      },
      OpenStdin: false,
      OpenStderr: false,
      OpenStdout: true,
      CanRemove: false,
      DetachKeys: '',
    });
  });

  it('can be started once', async () => {
    const created = await engine().request('POST', '/containers/host/exec', { body: { Cmd: ['true'] } });
    const { Id } = JSON.parse(created.text);
    const start = () => engine().request('POST', `/exec/${Id}/start`, { body: { Detach: true } });
    assert.equal((await start()).status, 200);
    const again = await start();
    assert.equal(again.status, 409);
  });

  it('is refused where nothing runs', async () => {
    await engine().output('create', '--name', 'idle', busybox, 'true');
    const id = await engine().inspect('idle', '{{.Id}}');
    const idle = await engine().request('POST', '/containers/idle/exec', { body: { Cmd: ['true'] } });
    assert.equal(idle.status, 409);
    assert.equal(JSON.parse(idle.text).message, `container ${id} is not running`);
    await engine().output('pause', 'host');
    const paused = await exec([], 'true');
    assert.match(paused.stderr, /is paused, unpause the container before exec/);
    await engine().output('unpause', 'host');
    const unknown = await engine().request('GET', '/exec/0123456789/json');
    assert.equal(unknown.status, 404);
    assert.equal(JSON.parse(unknown.text).message, 'No such exec instance: 0123456789');
    const empty = await engine().request('POST', '/containers/host/exec', { body: { Cmd: [] } });
    assert.equal(empty.status, 400);
    assert.match(empty.text, /[Nn]o exec command specified/);
    await engine().output('rm', 'idle');
  });

  it('ends with the container', async () => {
    await engine().output('run', '-d', '--name', 'short', busybox, 'sleep', '1000');
    const running = engine().docker(['exec', 'short', 'sleep', '1000']);
    await eventually('it runs', async () =>
      /sleep 1000[\s\S]*sleep 1000/.test(await engine().output('top', 'short')),
    );
    await engine().output('kill', 'short');
    assert.equal((await running).status, 137);
    await engine().output('rm', 'short');
  });

  it('does not keep the memory of hundreds', async () => {
    const round = async () => {
      for (let count = 0; count < 60; count++) await throughApi({ AttachStdout: true, Cmd: ['true'] });
      return (await engine().memory()).anonymous;
    };
    // What the first ones make the engine allocate, it keeps and uses again: 1 KiB for each would be 60 in a round.
    const sizes = [await round()];
    for (let rounds = 1; rounds < 12; rounds++) {
      sizes.push(await round());
      if ((sizes.at(-1) ?? 0) - (sizes.at(-2) ?? 0) < 60 * 1024) return;
    }
    assert.fail(`it grows with every round: ${sizes.join(' → ')} bytes`);
  });
});
