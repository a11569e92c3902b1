/** What log options add to the entries of a log: `docker logs --details`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';

describe('logs --details', () => {
  const engine = useEngine();

  it('shows labels, variables and the tag that log options name', async () => {
    const options = ['--log-opt', 'labels=tier', '--log-opt', 'env=MODE', '--log-opt', 'tag={{.Name}}'];
    const config = ['--label', 'tier=front end', '--label', 'other=1', '--env', 'MODE=fast'];
    await engine().output('run', '--name', 'web', ...options, ...config, busybox, 'echo', 'hello');
    const details = await engine().output('logs', '--details', 'web');
    assert.equal(details, 'MODE=fast,tag=web,tier=front%20end hello');
    assert.equal(await engine().output('logs', 'web'), 'hello');
    assert.match(
      await engine().output('logs', '--details', '--timestamps', 'web'),
      /^\S+Z MODE=fast,\S+ hello$/,
    );
  });

  it('shows nothing before the lines of other containers', async () => {
    await engine().output('run', '--name', 'plain', busybox, 'echo', 'hello');
    const { stdout } = await engine().docker(['logs', '--details', 'plain']);
    assert.equal(stdout, ' hello\n');
  });

  it('refuses a tag that makes no sense', async () => {
    const { status, stderr } = await engine().docker([
      'run',
      '--rm',
      '--log-opt',
      'tag={{.Shoe}}',
      busybox,
      'true',
    ]);
    assert.equal(status, 125);
    assert.match(stderr, /invalid log tag/);
  });
});
