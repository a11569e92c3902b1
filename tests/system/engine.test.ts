/**
 * Tests of the engine, which otherwise runs in namespaces, against System Docker as process 1 of a machine. Those that say most
 * about what a virtual machine can have different; `./test engine --in vm` runs all.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { repository } from '../../builder/cache.ts';
import { type EngineVm, startEngineVm } from '../engine/engine-vm.ts';
import { vmVariable } from '../engine/virtual.ts';
import { execute, outputOf } from './process.ts';

/** Paths below tests/engine, and which of their tests, as a regular expression, if not all. */
const files: readonly (readonly [path: string, tests?: string])[] = [
  ['limits/limits'],
  ['links'],
  ['registry-tls'],
  ['docker-py/docker-py', '^(containers|images)$'],
  ['ipv6'],
  ['hostile-images', '^refuses'],
  ['bombs', 'load, as a layer|is sparse'],
];

describe('the engine in a virtual machine', () => {
  let machine: EngineVm | undefined;
  before(async () => {
    machine = await startEngineVm();
  });
  after(() => machine?.stop());

  for (const [file, tests] of files) {
    it(file, { timeout: 1_200_000 }, async () => {
      const path = join(repository, 'tests/engine', `${file}.test.ts`);
      const choice = tests === undefined ? [] : [`--test-name-pattern=${tests}`];
      const environment = { [vmVariable]: JSON.stringify(machine?.access), NODE_TEST_CONTEXT: '' };
      const words = ['--import', 'tsx', ...choice, path];
      const output = outputOf(await execute(process.execPath, words, { environment, seconds: 1200 }));
      assert.match(output, /^. pass [1-9]/m, 'no test has such a name');
    });
  }
});
