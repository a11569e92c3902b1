/** docker-py: each script beside this file takes one side of the library through its life. */
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { ensureHostTools } from '../../../builder/host-tools.ts';
import { unpackedPackages } from '../../system/debian-packages.ts';
import { execute, outputOf } from '../../system/process.ts';
import { DebianRegistry } from '../debian-registry.ts';
import { type EngineUnderTest, useEngine } from '../engine-under-test.ts';

/** What the library needs, without anything that is compiled for one version of Python. */
const dependencies = ['requests', 'urllib3', 'certifi', 'idna', 'chardet', 'websocket'];

async function runScript(engine: EngineUnderTest, name: string, ...words: string[]): Promise<void> {
  const library = await unpackedPackages('python3-docker', ...dependencies.map((each) => `python3-${each}`));
  const environment = {
    ...engine.clientEnvironment,
    PYTHONPATH: join(library, 'usr/lib/python3/dist-packages'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const script = join(import.meta.dirname, name);
  outputOf(await execute('/usr/bin/python3', [script, ...words], { environment }));
}

describe('docker-py', () => {
  const engine = useEngine();
  before(() => ensureHostTools(['python']));

  for (const name of ['containers', 'streams', 'objects']) {
    it(name, () => runScript(engine(), `${name}.py`));
  }
});

describe('docker-py with a registry', () => {
  const engine = useEngine({ sharesNetwork: true });

  it('images', async () => {
    const registry = await DebianRegistry.start();
    try {
      await runScript(engine(), 'images.py', registry.name);
    } finally {
      await registry.stop();
    }
  });
});
