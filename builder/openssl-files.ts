import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, repository, sourcesOf } from './cache.ts';
import { fetchPackages } from './debian/packages.ts';
import { unpackPackage } from './debian/unpack.ts';
import { run } from './exec.ts';
import { step } from './progress.ts';
import { prepareSysroot, sysrootFlags } from './sysroot.ts';
import { file, put, type Tree } from './tree/tree.ts';

/** The certificates of the authorities that the OS trusts, Mozilla's choice. */
export const certificatesPackage = 'ca-certificates';

const COMPILE = ['-O2', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];
const LINK = ['-s', '-Wl,--as-needed', '-Wl,--build-id=none', '-Wl,-z,relro,-z,now'];

/** In `runtime/`, each of one source file and what it may include. */
const PROGRAMS = ['tls-client', 'tls-certificate', 'luks-key'] as const;
const HEADER = 'failure.h';

/** What the root filesystem gets for TLS and LUKS: programs that use OpenSSL, and all certificates in one file. */
export async function makeOpensslFiles(): Promise<Tree> {
  const tree: Tree = new Map();
  for (const name of PROGRAMS) {
    put(tree, `usr/lib/paddock/${name}`, file(await readFile(await buildOpensslProgram(name)), 0o755));
  }
  put(tree, 'usr/share/paddock/ca-certificates.crt', file(await bundleCertificates()));
  return tree;
}

/** Compiles one of them. Unlike the executable of the OS it is linked dynamically: OpenSSL is there anyway. */
async function buildOpensslProgram(name: (typeof PROGRAMS)[number]): Promise<string> {
  const sysroot = await prepareSysroot();
  const source = join(repository, `runtime/${name}.c`);
  const files = await Promise.all(
    [source, join(repository, 'runtime', HEADER)].map((path) => readFile(path)),
  );
  const inputs = [sysroot, ...files, ...(await sourcesOf(import.meta.url))];
  const directory = await cached(name, inputs, (target) =>
    step(`Compiling ${name}`, async () => {
      const output = ['-o', join(target, name), source, '-lssl', '-lcrypto'];
      await run('gcc', [...sysrootFlags(sysroot), ...COMPILE, ...LINK, ...output]);
    }),
  );
  return join(directory, name);
}

async function bundleCertificates(): Promise<string> {
  const [certificates] = await fetchPackages([certificatesPackage]);
  const files = await unpackPackage(certificates?.file ?? '');
  const texts = [...files]
    .filter(([path]) => /^usr\/share\/ca-certificates\/mozilla\/[^/]+\.crt$/.test(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, node]) => (node.type === 'file' ? `${node.content.toString().trim()}\n` : ''));
  if (texts.length === 0) throw new Error(`${certificatesPackage}: no certificates found`);
  return texts.join('');
}
