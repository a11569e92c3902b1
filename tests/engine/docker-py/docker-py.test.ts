/** docker-py: each script beside this file takes one side of the library through its life. */
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DebianRegistry } from '../debian-registry.ts';
import { runDockerPy } from '../docker-py.ts';
import { useEngine } from '../engine-under-test.ts';

const script = (name: string) => join(import.meta.dirname, `${name}.py`);

describe('docker-py', () => {
  const engine = useEngine();

  for (const name of ['containers', 'streams', 'objects']) {
    it(name, () => runDockerPy(engine(), script(name)));
  }
});

describe('docker-py with a registry', () => {
  const engine = useEngine({ sharesNetwork: true });

  it('images', async () => {
    const registry = await DebianRegistry.start();
    try {
      await runDockerPy(engine(), script('images'), registry.name);
    } finally {
      await registry.stop();
    }
  });
});
