/** docker build --cache-from of an image that was built elsewhere. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { build, stepsOf } from './build-context.ts';
import { DebianRegistry } from './debian-registry.ts';
import { useEngine } from './engine-under-test.ts';

describe('the cache of a build', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: DebianRegistry;
  before(async () => {
    registry = await DebianRegistry.start();
  });
  after(() => registry.stop());

  const built = async (dockerfile: string, ...words: string[]) => {
    const files = [{ name: 'file', content: 'content' }];
    const outcome = await build(engine(), dockerfile, { files, words: ['--network', 'none', ...words] });
    assert.equal(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
    return stepsOf(outcome).filter((line) => line === ' ---> Using cache').length;
  };

  it('may be an image that was pulled', async () => {
    const name = `${registry.name}/cache:1`;
    const dockerfile = 'FROM busybox\nENV A=b\nCOPY file /file\nRUN date +%N >/random\nCMD ["true"]\n';
    await built(dockerfile, '--tag', name);
    const id = await engine().inspect(name, '{{.Id}}');
    await engine().output('push', name);
    await engine().output('rmi', name);
    await engine().output('pull', name);
    assert.equal(await built(dockerfile, '--tag', 'alone:1'), 0);
    await engine().output('rmi', 'alone:1');
    assert.equal(await built(dockerfile, '--tag', 'same:1', '--cache-from', name), 4);
    assert.equal(await engine().inspect('same:1', '{{.Id}}'), id);
    const other = dockerfile.replace('"true"', '"cat", "/random"');
    assert.equal(await built(other, '--tag', 'other:1', '--cache-from', `nothing:1,${name}`), 3);
    const random = (image: string) =>
      engine().output('run', '--rm', '--network', 'none', image, 'cat', '/random');
    assert.equal(await random('other:1'), await random(name));
    const layers = (image: string) => engine().inspect(image, '{{.RootFS.Layers}}');
    assert.equal(await layers('other:1'), await layers(name));
    await engine().output('rmi', 'other:1', 'same:1', name);
  });
});
