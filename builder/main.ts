import { parseArgs } from 'node:util';
import { type ArtifactName, buildArtifacts, buildImageArchive } from './artifacts.ts';
import { writeReference } from './config-reference.ts';
import { writeLock } from './debian/lock.ts';
import { lockPackages } from './debian/packages.ts';
import { builderTools, ensureHostTools } from './host-tools.ts';
import { allPackages } from './os-packages.ts';
import { verifyReproducible } from './reproducible.ts';

const artifactNames: readonly ArtifactName[] = [
  'kernel',
  'initrd',
  'iso',
  'runtime',
  'images',
  'sbom',
  'sizes',
];

const usage = `Usage: ./build [TARGET …] [OPTION …]

Builds Paddock into out/. What is built already is not built again.

Targets (all but the last three when none is named):
  iso         out/paddock.iso: boots under BIOS and UEFI, from a CD or a USB stick
  kernel      out/vmlinuz
  initrd      out/initrd: the whole OS but the kernel
  runtime     out/paddock: the executable of the OS
  images      out/images/NAME.tar: each folder of os/images, for docker load
  sbom        out/sbom.json: the packages that the OS is made of, as SPDX
  sizes       out/sizes.json: bytes of everything
  image NAME  one image
  reference   docs/cloud-config.schema.json and the table of keys in docs/configuration.md
  lock        os/packages.lock.json: takes the versions that the Debian archive has now

Options:
  --locked               fail if the Debian archive no longer has a locked version, instead of taking its successor
  --verify-reproducible  build twice in different directories and compare
  --help
`;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (values.locked) process.env['PADDOCK_LOCKED'] = '1';
  const [first, ...rest] = positionals;
  if (first === 'reference') return (await writeReference()).forEach(show);
  await ensureHostTools(builderTools);
  if (values['verify-reproducible']) return await verifyReproducible();
  if (first === 'lock') return await writeLock(await lockPackages(await allPackages()));
  if (first === 'image') {
    const [name] = rest;
    if (!name || rest.length > 1) throw new UsageError('image: one name of a folder in os/images expected');
    return show(await buildImageArchive(name));
  }
  const artifacts = await buildArtifacts(
    positionals.length > 0 ? positionals.map(artifactName) : artifactNames,
  );
  for (const paths of Object.values(artifacts)) {
    if (typeof paths === 'string') show(paths);
    else for (const path of Object.values(paths)) show(path);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        locked: { type: 'boolean' },
        'verify-reproducible': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function artifactName(text: string): ArtifactName {
  const name = artifactNames.find((candidate) => candidate === text);
  if (!name) throw new UsageError(`no target "${text}"; ./build --help lists them`);
  return name;
}

function show(path: string): void {
  process.stdout.write(`${path}\n`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
