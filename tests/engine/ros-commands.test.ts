/** The small commands of `ros`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('ros', () => {
  const engine = useEngine();
  const run = (script: string) =>
    engine().machine.run(
      `mkdir -p /run/bin; ln -sf /usr/bin/paddock /run/bin/ros; PATH=/run/bin:$PATH; ${script}`,
    );

  it('env runs a command with the variables of the configuration', async () => {
    const set = 'ros config set rancher.environment.CROP "two words"';
    const { status, stdout } = await run(`${set} && ros env sh -c 'echo "$CROP"; exit 3'`);
    assert.equal(stdout, 'two words\n');
    assert.equal(status, 3);
  });

  it('dev finds a device by what is on it', async () => {
    assert.equal((await run('ros dev /dev/null')).stdout, '/dev/null\n');
    for (const [name, message] of [
      ['LABEL=NO_SUCH_LABEL', 'LABEL=NO_SUCH_LABEL: there is no such device'],
      ['label', 'label: expected LABEL=, UUID= or PARTLABEL= and a text, or a path in /dev'],
    ]) {
      const { status, stderr } = await run(`ros dev ${name}`);
      assert.equal(status, 1);
      assert.equal(stderr, `ros: ${message}\n`);
    }
  });
});
