import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildArtifacts, buildImageArchive } from '../builder/artifacts.ts';
import { repository, writeAtomically } from '../builder/cache.ts';
import { builderTools, ensureHostTools } from '../builder/host-tools.ts';
import { step } from '../builder/progress.ts';
import { chooseAccelerator } from '../builder/qemu/accelerator.ts';
import type { Artifacts } from '../builder/qemu/start.ts';
import { bootBareShell } from './bare-shell.ts';
import { type Comparison, compareWithDocker } from './beside-docker.ts';
import { machineSize, measureOnce, type Sample } from './measure.ts';
import { formatComparison, formatTable, rowsOf, type Sizes } from './report.ts';

const usage = `Usage: ./bench [options]

Measures sizes, boot times, memory and latency; prints a table and writes out/bench.json.

  --runs N       boots to take the medians of (default: 5)
  --alone        leave out the comparison with Debian's Docker, which takes minutes
  --write-docs   put the tables into docs/benchmarks.md
  --help         print this
`;

/** The table stands between these lines of the page. */
const [begin, end] = ['<!-- table of ./bench --write-docs -->', '<!-- end of table -->'];

async function main(words: string[]): Promise<void> {
  const { values } = parseArgs({
    args: words,
    options: {
      runs: { type: 'string', default: '5' },
      alone: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const runs = /^\d+$/.test(values.runs) ? Number(values.runs) : 0;
  if (runs < 1) throw new Error(`--runs ${values.runs}: expected a number of at least 1`);

  await ensureHostTools([...builderTools, 'qemu', 'ssh']);
  const artifacts = await buildArtifacts(['kernel', 'initrd', 'sizes']);
  const archive = await buildImageArchive('busybox');
  const accelerator = await chooseAccelerator(artifacts.kernel);
  const samples: Sample[] = [];
  for (let i = 1; i <= runs; i++)
    samples.push(await step(`Boot ${i} of ${runs}`, () => sample(artifacts, archive)));
  const comparison = values.alone ? undefined : await compare(artifacts, archive);
  const sizes = JSON.parse(await readFile(artifacts.sizes, 'utf8')) as Sizes;
  const rows = rowsOf(sizes, samples);
  const conditions = {
    accelerator: accelerator.name,
    ...machineSize,
    host: cpus()[0]?.model ?? 'unknown',
    runs,
  };
  await writeAtomically(
    join(repository, 'out/bench.json'),
    `${JSON.stringify({ conditions, rows, comparison, samples, sizes }, null, 2)}\n`,
  );
  const text = [
    `${runs} boots in QEMU (${accelerator.name}) with ${machineSize.cpus} processors and ${machineSize.memory} MB on ${conditions.host}:`,
    '',
    formatTable(rows),
    ...(comparison ? ['', comparisonTitle, '', formatComparison(comparison)] : []),
  ].join('\n');
  process.stdout.write(`${text}\n`);
  if (values['write-docs']) await writeToDocs(text);
}

async function sample(artifacts: Artifacts, archive: string): Promise<Sample> {
  const bareShell = await bootBareShell(artifacts);
  return { bareShell, ...(await measureOnce(artifacts, archive)) };
}

const comparisonTitle =
  'System Docker beside dockerd, containerd and runc of Debian 13, in one machine and one run (medians; for "times", more is better for us):';

async function compare(artifacts: Artifacts, busybox: string): Promise<Comparison> {
  const stock = await buildImageArchive('docker-engine');
  return await step("Comparing with Debian's Docker", () => compareWithDocker(artifacts, busybox, stock));
}

async function writeToDocs(text: string): Promise<void> {
  const path = join(repository, 'docs/benchmarks.md');
  const page = await readFile(path, 'utf8');
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${path}: no lines "${begin}" and "${end}"`);
  await writeAtomically(path, `${page.slice(0, start + begin.length)}\n\n${text}\n\n${page.slice(stop)}`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
