/** Encrypted volumes (LUKS), made on the host: the header by Debian's cryptsetup(8), the data by Node's OpenSSL. */
import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { unpackedPackages } from './debian-packages.ts';

export interface NewEncryptedVolume {
  readonly version: 1 | 2;
  readonly passphrase: string;
  /** The file with what is to be encrypted. */
  readonly content: string;
  /** Of the volume with its header, in MiB. */
  readonly size: number;
}

const MIB = 1024 * 1024;
/** Two keys of 256 bits, which XTS refuses if they are equal. */
const KEY = Buffer.from(Array.from({ length: 64 }, (_, index) => index));
const SECTOR = { 1: 512, 2: 4096 } as const;
const VECTOR_UNIT = 512;

/** Small costs, so that opening it takes no time under emulation. */
const COSTS = {
  1: ['--pbkdf-force-iterations', '1000'],
  2: ['--pbkdf', 'argon2id', '--pbkdf-memory', '8192', '--pbkdf-parallel', '2'].concat(
    '--pbkdf-force-iterations',
    '4',
    '--sector-size',
    '4096',
  ),
} as const;

/** Makes a volume as a file. */
export async function makeEncryptedVolume(
  file: string,
  { version, passphrase, content, size }: NewEncryptedVolume,
): Promise<void> {
  await writeFile(file, '');
  await truncate(file, size * MIB);
  await writeFile(`${file}.key`, KEY);
  const format = ['luksFormat', '--batch-mode', '--type', `luks${version}`, '--disable-locks'];
  const key = ['--volume-key-file', `${file}.key`, '--key-size', '512', '--cipher', 'aes-xts-plain64'];
  await cryptsetup([...format, ...key, ...COSTS[version], file, '-'], passphrase);
  const dump = await cryptsetup(['luksDump', '--disable-locks', file]);
  const start =
    version === 1
      ? Number(/^Payload offset:\s*(\d+)/m.exec(dump)?.[1]) * 512
      : Number(/^\toffset: (\d+) \[bytes\]/m.exec(dump)?.[1]);
  const volume = await readFile(file);
  encrypt(await readFile(content), SECTOR[version]).copy(volume, start);
  await writeFile(file, volume);
}

function encrypt(plain: Buffer, sector: number): Buffer {
  const pieces = [];
  for (let at = 0; at < plain.length; at += sector) {
    const vector = Buffer.alloc(16);
    vector.writeBigUInt64LE(BigInt(at / VECTOR_UNIT));
    pieces.push(createCipheriv('aes-256-xts', KEY, vector).update(plain.subarray(at, at + sector)));
  }
  return Buffer.concat(pieces);
}

async function cryptsetup(args: readonly string[], input = ''): Promise<string> {
  const root = await unpackedPackages(
    ...(['cryptsetup-bin', 'libcryptsetup12', 'libdevmapper1.02.1', 'libudev1', 'libselinux1'] as const),
    ...(['libpcre2-8-0', 'libcap2', 'libjson-c5', 'libssl3t64', 'libzstd1', 'zlib1g'] as const),
    ...(['libpopt0', 'libblkid1', 'libuuid1', 'libc6'] as const),
  );
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  return execFileSync(
    `${libraries}/ld-linux-x86-64.so.2`,
    ['--library-path', libraries, `${root}/usr/sbin/cryptsetup`, ...args],
    { input, encoding: 'utf8' },
  );
}
