import { availableParallelism } from 'node:os';
import { buildArtifacts } from '../builder/artifacts.ts';
import { builderTools, ensureHostTools } from '../builder/host-tools.ts';
import { startEngineVm } from './engine/engine-vm.ts';
import { vmVariable } from './engine/virtual.ts';
import { type Counts, check, runTests, sum } from './runner.ts';
import { filesOf, type Suite, suites } from './suites.ts';

const usage = `Usage: ./test [unit | engine [--in vm] | system [NAME]]

Without arguments: format and lint, types, then every suite. A NAME picks the test files that have it in their path.

  unit     functions, beside the files they test: milliseconds
  engine   System Docker as an ordinary process in namespaces of its own; needs root
           with --in vm: as process 1 of virtual machines, which takes an hour for all
  system   virtual machines in QEMU: minutes
`;

async function main(words: readonly string[]): Promise<void> {
  const [suite, ...rest] = words;
  const inVm = suite === 'engine' && rest[0] === '--in' && rest[1] === 'vm';
  const names = inVm ? rest.slice(2) : rest;
  if (words.includes('--help')) {
    process.stdout.write(usage);
  } else if (suite === undefined) {
    await report([checks, ...suites.map((each) => () => testSuite(each, ''))]);
  } else if (isSuite(suite) && names.length <= 1) {
    const part = () => testSuite(suite, names[0] ?? '');
    await report([inVm ? () => withEngineVm(part) : part]);
  } else {
    process.stderr.write(`test: unexpected "${words.join(' ')}"\n${usage}`);
    process.exitCode = 2;
  }
}

/** Seconds after which a test file is given up. */
const patience = { unit: 60, engine: 300, system: 1200 } as const satisfies Record<Suite, number>;

/**
 * How many test files run at the same time. An engine test measures its machine, which is this one. A virtual machine
 * that is translated keeps one processor busy, most of the time.
 */
const atOnce = {
  unit: availableParallelism(),
  engine: 1,
  system: Math.min(2, availableParallelism()),
} as const satisfies Record<Suite, number>;

function isSuite(word: string): word is Suite {
  return (suites as readonly string[]).includes(word);
}

/** Does all, whatever fails before, and ends with one line of figures. */
async function report(parts: readonly (() => Promise<Counts>)[]): Promise<void> {
  const counts: Counts[] = [];
  for (const part of parts) counts.push(await part());
  const { passed, failed, skipped } = sum(counts);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Has the tests of the engine run in virtual machines: most of them in one. */
async function withEngineVm(part: () => Promise<Counts>): Promise<Counts> {
  const { access, stop } = await startEngineVm();
  process.env[vmVariable] = JSON.stringify(access);
  try {
    return await part();
  } finally {
    await stop();
  }
}

async function checks(): Promise<Counts> {
  return sum([
    await check('format and lint', 'node_modules/.bin/biome', ['ci']),
    await check('types of the OS', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']),
    await check('types of the builder and the tests', 'node_modules/.bin/tsc', ['-p', 'tsconfig.node.json']),
  ]);
}

async function testSuite(suite: Suite, name: string): Promise<Counts> {
  const files = filesOf(suite, name);
  if (files.length === 0) throw new Error(`no ${suite} test has "${name}" in its path`);
  if (suite === 'system') {
    // Before the tests, so that their time is theirs and the progress of the build is seen.
    await ensureHostTools([...builderTools, 'qemu', 'ssh', 'ovmf']);
    await buildArtifacts(['kernel', 'initrd', 'iso', 'images']);
  }
  if (suite === 'engine') await ensureHostTools(['nft']);
  process.stdout.write(`${suite} tests\n`);
  const seconds = patience[process.env[vmVariable] === undefined ? suite : 'system'];
  return await runTests(files, { atOnce: atOnce[suite], seconds });
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`test: ${error.message}\n`);
  process.exitCode = 1;
});
