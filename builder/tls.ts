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
const LINK = ['-s', '-Wl,--build-id=none', '-Wl,-z,relro,-z,now'];

/** What the root filesystem gets for TLS: the client program, and all certificates in one file. */
export async function makeTlsFiles(): Promise<Tree> {
  const tree: Tree = new Map();
  put(tree, 'usr/lib/paddock/tls-client', file(await readFile(await buildTlsClient()), 0o755));
  put(tree, 'usr/share/paddock/ca-certificates.crt', file(await bundleCertificates()));
  return tree;
}

/** Compiles `runtime/tls-client.c`. Unlike the executable of the OS it is linked dynamically: OpenSSL is there anyway. */
async function buildTlsClient(): Promise<string> {
  const sysroot = await prepareSysroot();
  const source = join(repository, 'runtime/tls-client.c');
  const inputs = [sysroot, await readFile(source), ...(await sourcesOf(import.meta.url))];
  const directory = await cached('tls-client', inputs, (target) =>
    step('Compiling the TLS client', async () => {
      const output = ['-o', join(target, 'tls-client'), source, '-lssl', '-lcrypto'];
      await run('gcc', [...sysrootFlags(sysroot), ...COMPILE, ...LINK, ...output]);
    }),
  );
  return join(directory, 'tls-client');
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
