/** Swarm and plugins, which this engine does not have: clients have to hear that in the words they know. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';

const notAManager = /This node is not a swarm manager\. Use "docker swarm init" or "docker swarm join"/;

describe('swarm and plugins', () => {
  const engine = useEngine();

  it('is not part of a swarm', async () => {
    for (const words of [
      ['node', 'ls'],
      ['service', 'ls'],
      ['secret', 'ls'],
      ['config', 'ls'],
      ['stack', 'ls'],
    ]) {
      const { status, stderr } = await engine().docker(words);
      assert.equal(status, 1, words.join(' '));
      assert.match(stderr, notAManager);
    }
    for (const path of ['/swarm', '/tasks', '/tasks/x/logs', '/nodes/x', '/swarm/unlockkey']) {
      const { status, text } = await engine().request('GET', `/v1.51${path}`);
      assert.equal(status, 503, path);
      assert.match(JSON.parse(text).message, notAManager);
    }
    assert.match((await engine().docker(['swarm', 'init'])).stderr, /swarm mode is not supported/);
    assert.match((await engine().docker(['swarm', 'leave'])).stderr, /not part of a swarm/);
    assert.equal(await engine().output('info', '--format', '{{.Swarm.LocalNodeState}}'), 'inactive');
  });

  it('has no plugins', async () => {
    assert.equal(await engine().output('plugin', 'ls', '--quiet'), '');
    const { status, text } = await engine().request('GET', '/v1.51/plugins/a/b:1/json');
    assert.equal(status, 404);
    assert.equal(JSON.parse(text).message, 'plugin "a/b:1" not found');
    assert.equal((await engine().docker(['plugin', 'install', 'a/b'])).status, 1);
  });

  it('is asked for every kind of object by inspect', async () => {
    const { status, stderr } = await engine().docker(['inspect', 'nope']);
    assert.equal(status, 1);
    assert.match(stderr, /No such object: nope/i);
    await engine().output('volume', 'create', 'shelf');
    assert.equal(await engine().inspect('shelf', '{{.Driver}}'), 'local');
    assert.equal(await engine().inspect(busybox, '{{.Os}}'), 'linux');
  });
});
