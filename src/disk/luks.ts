/** Opening encrypted volumes (LUKS): by the program `luks-key` (runtime/luks-key.c) and the kernel's dm-crypt. */
import { createMapping } from '../linux/device-mapper.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { availableMemory } from '../linux/memory.ts';
import { KernelModules } from '../linux/module.ts';
import { runWithInput } from '../linux/process-output.ts';
import type { Assembler } from './assemble.ts';
import {
  blockDevices,
  deviceNumber,
  deviceSize,
  raidSuperblockOn,
  readAt,
  readStart,
  SECTOR,
} from './block-device.ts';
import { type LuksSlot, type LuksVolume, luksVersion } from './luks-volume.ts';
import { LUKS1_HEADER_SIZE, parseLuks1 } from './luks1.ts';
import { readLuks2 } from './luks2.ts';

const PROGRAM = '/usr/lib/paddock/luks-key';
const WRONG_PASSPHRASE = 2;
/** How often a person is asked for one volume. */
const TRIES = 3;
const MAGIC_SIZE = 8;
/** The ciphers that there are, and their keys: XTS takes two. */
const CIPHER = /^aes-(xts|cbc)-plain(?:64)?$/;
const KIBIBYTE = 1024;

/** Asks a person; undefined if nobody answers. */
export type Ask = (question: string) => Promise<Uint8Array | undefined>;

/** Opens every encrypted volume, as `/dev/mapper/luks-DEVICE`. What goes wrong is told and no more. */
export class LuksOpener implements Assembler {
  readonly #ask: Ask;
  readonly #closed = new Set<string>();
  /** Those that have opened a volume: others may have the same. */
  readonly #passphrases: Uint8Array[] = [];
  #isAlone = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  get leftOver(): readonly string[] {
    return [...this.#closed];
  }

  async look(): Promise<void> {
    for (const path of encryptedDevices()) {
      if (this.#closed.has(path)) continue;
      this.#closed.add(path);
      try {
        await this.#open(path, readVolume(path));
        this.#closed.delete(path);
      } catch (error) {
        log.warn(`${path} stays encrypted: ${errorMessage(error)}`);
      }
    }
  }

  async #open(path: string, volume: LuksVolume): Promise<void> {
    const slots = usableSlots(volume);
    for (const passphrase of this.#passphrases) {
      const key = await findKey(path, volume, slots, passphrase);
      if (key !== undefined) return map(path, volume, key);
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const passphrase = this.#isAlone ? undefined : await this.#ask(`Passphrase for ${path}: `);
      if (passphrase === undefined) {
        this.#isAlone = true;
        throw new Error('nobody has typed a passphrase');
      }
      const key = await findKey(path, volume, slots, passphrase);
      if (key === undefined) {
        log.warn(`${path}: that passphrase does not open it`);
        continue;
      }
      this.#passphrases.push(passphrase);
      return map(path, volume, key);
    }
    throw new Error(`${TRIES} wrong passphrases`);
  }
}

/** Those that begin as one; the members of a RAID array are the array's. */
function encryptedDevices(): string[] {
  const paths = blockDevices().map(({ path }) => path);
  return paths.filter((path) => versionOn(path) !== undefined && raidSuperblockOn(path) === undefined);
}

function versionOn(path: string): number | undefined {
  try {
    return luksVersion(readStart(path, MAGIC_SIZE));
  } catch {
    // As a drive without a disc.
    return undefined;
  }
}

function readVolume(path: string): LuksVolume {
  const version = versionOn(path);
  if (version === 1) return parseLuks1(readStart(path, LUKS1_HEADER_SIZE));
  if (version === 2) return readLuks2((offset, size) => readAt(path, offset, size), sha256);
  throw new Error(`LUKS ${version} is not known here`);
}

function sha256(bytes: Uint8Array): Uint8Array {
  const hash = host.sha256();
  hash.update(bytes);
  return hash.digest();
}

/** Throws an Error that says why it cannot be opened here, before anybody is asked for anything. */
function usableSlots({ cipher, slots }: LuksVolume): readonly LuksSlot[] {
  for (const each of [cipher, ...slots.map((slot) => slot.cipher)]) {
    if (!CIPHER.test(each)) throw new Error(`its cipher ${each} is not known here, only AES with XTS or CBC`);
  }
  if (slots.length === 0) throw new Error('it has no key slot that takes a passphrase');
  const memory = availableMemory() / KIBIBYTE;
  const fitting = slots.filter(({ derivation }) => memoryOf(derivation) < memory);
  if (fitting.length === 0) {
    const least = Math.min(...slots.map(({ derivation }) => memoryOf(derivation)));
    throw new Error(`its key slots take ${mebibytes(least)} of memory, and ${mebibytes(memory)} are free`);
  }
  return fitting;
}

function memoryOf(derivation: LuksSlot['derivation']): number {
  return derivation.type === 'pbkdf2' ? 0 : derivation.memory;
}

function mebibytes(kibibytes: number): string {
  return `${Math.ceil(kibibytes / KIBIBYTE)} MiB`;
}

/** The key of the volume, in hexadecimal digits; undefined if the passphrase opens no slot. Throws an Error. */
async function findKey(
  path: string,
  volume: LuksVolume,
  slots: readonly LuksSlot[],
  passphrase: Uint8Array,
): Promise<string | undefined> {
  for (const slot of slots) {
    const words = [path, slot.offset, ...derivationWords(slot), ...keyWords(slot), ...digestWords(volume)];
    const { code, output } = await runWithInput([PROGRAM, ...words.map(String)], passphrase);
    if (code === 0) return output;
    if (code !== WRONG_PASSPHRASE) throw new Error(output.trim() || `${PROGRAM} ended with ${code}`);
  }
  return undefined;
}

type Words = readonly (string | number)[];

function derivationWords({ derivation }: LuksSlot): Words {
  return derivation.type === 'pbkdf2'
    ? ['pbkdf2', derivation.hash, derivation.iterations, 0, 0, derivation.salt]
    : [derivation.type, '-', derivation.iterations, derivation.memory, derivation.lanes, derivation.salt];
}

function keyWords({ cipher, areaKeySize, hash, stripes, keySize }: LuksSlot): Words {
  const mode = CIPHER.exec(cipher)?.[1] ?? '';
  const bits = (areaKeySize * 8) / (mode === 'xts' ? 2 : 1);
  return [`AES-${bits}-${mode.toUpperCase()}`, areaKeySize, hash, stripes, keySize];
}

function digestWords({ digest }: LuksVolume): Words {
  return [digest.hash, digest.iterations, digest.salt, digest.digest];
}

function map(path: string, volume: LuksVolume, key: string): void {
  loadCiphers();
  const { cipher, offset, firstVector, options, version, uuid } = volume;
  const length = (volume.size ?? deviceSize(path) - offset) / SECTOR;
  const flags = options.length === 0 ? [] : [options.length, ...options];
  const name = `luks-${path.replace(/^.*\//, '')}`;
  const mapped = createMapping({
    name,
    uuid: `CRYPT-LUKS${version}-${uuid.replaceAll('-', '')}-${name}`,
    targets: [
      {
        start: 0,
        length: Math.floor(length),
        type: 'crypt',
        parameters: [cipher, key, firstVector, deviceNumber(path), offset / SECTOR, ...flags].join(' '),
      },
    ],
    isReadOnly: false,
    links: [],
  });
  log.info(`${mapped} is what ${path} holds encrypted`);
}

/** What the processor has instructions for is faster; without, the kernel's own AES does it. */
function loadCiphers(): void {
  const modules = new KernelModules();
  modules.load('dm-crypt');
  modules.load('xts');
  try {
    modules.load('aesni-intel');
  } catch (error) {
    log.debug(errorMessage(error));
  }
}
