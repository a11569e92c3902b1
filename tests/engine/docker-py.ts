import { join } from 'node:path';
import { ensureHostTools } from '../../builder/host-tools.ts';
import { unpackedPackages } from '../system/debian-packages.ts';
import { execute, outputOf } from '../system/process.ts';
import type { EngineUnderTest } from './engine-under-test.ts';

/** What the library needs, without anything that is compiled for one version of Python. */
const dependencies = ['requests', 'urllib3', 'certifi', 'idna', 'chardet', 'websocket'];

/** Runs a script that uses docker-py, of Debian's package python3-docker; it has to succeed. */
export async function runDockerPy(
  engine: EngineUnderTest,
  script: string,
  ...words: string[]
): Promise<void> {
  await ensureHostTools(['python']);
  const library = await unpackedPackages('python3-docker', ...dependencies.map((each) => `python3-${each}`));
  const environment = {
    ...engine.clientEnvironment,
    PYTHONPATH: join(library, 'usr/lib/python3/dist-packages'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  outputOf(await execute('/usr/bin/python3', [script, ...words], { environment, seconds: 300 }));
}
