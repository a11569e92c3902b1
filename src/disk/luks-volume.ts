/** What the header of an encrypted volume says, whichever version of LUKS it is. Binary values are hexadecimal digits. */
export interface LuksVolume {
  readonly version: 1 | 2;
  readonly uuid: string;
  /** As dm-crypt takes it, such as `aes-xts-plain64`. */
  readonly cipher: string;
  /** Where the data begin, in bytes. */
  readonly offset: number;
  /** In bytes; undefined: to the end of the device. */
  readonly size: number | undefined;
  /** What is encrypted as one piece, in bytes. */
  readonly sectorSize: number;
  /** What is added to the number of a sector of 512 bytes. */
  readonly firstVector: number;
  /** Options of dm-crypt, such as `allow_discards`. */
  readonly options: readonly string[];
  /** In the order in which a passphrase is tried on them. */
  readonly slots: readonly LuksSlot[];
  /** By which the right key is known. */
  readonly digest: LuksDigest;
}

/** A place of the key, encrypted by what a passphrase gives. */
export interface LuksSlot {
  readonly derivation: LuksDerivation;
  /** Where the encrypted key lies, in bytes. */
  readonly offset: number;
  readonly cipher: string;
  /** In bytes, of what encrypts the area, and of the key of the volume. */
  readonly areaKeySize: number;
  readonly keySize: number;
  /** How the key is split. */
  readonly stripes: number;
  readonly hash: string;
}

export type LuksDerivation =
  | {
      readonly type: 'pbkdf2';
      readonly hash: string;
      readonly iterations: number;
      readonly salt: string;
    }
  | {
      readonly type: 'argon2i' | 'argon2id';
      readonly iterations: number;
      /** In KiB. */
      readonly memory: number;
      readonly lanes: number;
      readonly salt: string;
    };

export interface LuksDigest {
  readonly hash: string;
  readonly iterations: number;
  readonly salt: string;
  readonly digest: string;
}

const MAGIC = 'LUKS\xba\xbe';

/** The version that the start of a device claims; undefined if it is no volume of LUKS. */
export function luksVersion(start: Uint8Array): number | undefined {
  const isLuks = start.length >= 8 && [...MAGIC].every((letter, at) => start[at] === letter.charCodeAt(0));
  return isLuks ? new DataView(start.buffer, start.byteOffset).getUint16(6) : undefined;
}
