/** testcontainers, by which programs in JavaScript start what their tests need. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository } from '../../../builder/cache.ts';
import { execute, outputOf } from '../../system/process.ts';
import { useEngine } from '../engine-under-test.ts';
import { namespacesOnly } from '../virtual.ts';

describe('testcontainers', () => {
  const engine = useEngine();

  const skip = namespacesOnly('published ports');
  it('starts servers, waits for them, looks into them, and leaves nothing', { skip }, async () => {
    const environment = {
      DOCKER_HOST: engine().clientEnvironment['DOCKER_HOST'] ?? '',
      TESTCONTAINERS_RYUK_DISABLED: 'true', // its image is on a registry of the world
    };
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const tsx = join(repository, 'node_modules/tsx/dist/loader.mjs');
    const flow = [process.execPath, '--import', tsx, join(import.meta.dirname, 'flow.ts')];
    const [program, ...words] = engine().machine.inNetwork('1', 'env', ...variables, ...flow);
    assert.deepEqual(JSON.parse(outputOf(await execute(program, words))), {
      page: 'copied before the start',
      exec: { stdout: 'red\n', stderr: 'problem\n', exitCode: 3 },
      logs: 'ready\n',
      'by name': 'copied before the start',
      'page after a restart': 'copied before the start',
    });
    assert.equal(await engine().output('ps', '--all', '--quiet'), '');
    assert.equal(await engine().output('network', 'ls', '--format', '{{.Name}}'), 'bridge\nhost\nnone');
  });
});
