/** `docker top`. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';

describe('top', () => {
  const engine = useEngine();
  before(() => engine().output('run', '-d', '-t', '--name', 'sleeper', busybox, 'sleep', '100000'));
  const top = async (...words: string[]) =>
    (await engine().output('top', 'sleeper', ...words)).split('\n').map((line) => line.trim().split(/\s+/));

  it('shows what ps -ef does', async () => {
    const [titles, process, ...others] = await top();
    assert.deepEqual(titles, ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
    assert.equal(process?.[0], 'root');
    assert.equal(process?.[1], await engine().inspect('sleeper', '{{.State.Pid}}'));
    assert.deepEqual([process?.[5], ...(process?.slice(6) ?? [])], ['pts/0', '00:00:00', 'sleep', '100000']);
    assert.deepEqual(others, []);
  });

  it('takes arguments of ps', async () => {
    const pid = await engine().inspect('sleeper', '{{.State.Pid}}');
    assert.deepEqual(await top('-o', 'pid,comm,nlwp'), [
      ['PID', 'COMMAND', 'NLWP'],
      [pid, 'sleep', '1'],
    ]);
    assert.equal((await top('aux'))[0]?.[2], '%CPU');
    const refused = await engine().docker(['top', 'sleeper', '-o', 'comm']);
    assert.match(refused.stderr, /Couldn't find PID field in ps output/);
  });

  it('is refused for a container that does not run', async () => {
    await engine().output('create', '--name', 'still', busybox);
    const { status, text } = await engine().request('GET', '/containers/still/top');
    assert.equal(status, 409);
    assert.match(text, /is not running/);
  });
});
