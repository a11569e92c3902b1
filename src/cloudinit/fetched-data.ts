/** What a source says about the machine and what it wants of it. */
import { isMap, type YamlMap } from '../config/merge.ts';

export interface FetchedData {
  /** Where it came from, for messages: `nocloud on /dev/sr0`. */
  readonly source: string;
  /** As it was written, perhaps compressed. */
  readonly userData?: Uint8Array;
  /** What the cloud adds; the user's own goes over it. */
  readonly vendorData?: Uint8Array;
  readonly metadata: FetchedMetadata;
  /** `rancher.network`. */
  readonly network?: YamlMap;
}

/** The fields of the metadata file (src/config/metadata.ts). */
export interface FetchedMetadata {
  readonly instanceId?: string;
  readonly hostname?: string;
  /** By names, which order them. */
  readonly sshKeys?: Readonly<Record<string, string>>;
  readonly publicIpv4?: string;
  readonly privateIpv4?: string;
  readonly publicIpv6?: string;
  readonly privateIpv6?: string;
  readonly rootDisk?: string;
}

/** A field of a document; empty if it is no text. */
export function textField(document: unknown, ...path: readonly (string | number)[]): string {
  const value = field(document, ...path);
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** What lies below these keys and indexes; undefined if nothing does. */
export function field(document: unknown, ...path: readonly (string | number)[]): unknown {
  let value = document;
  for (const name of path) {
    if (Array.isArray(value) && typeof name === 'number') value = value[name];
    else if (isMap(value) && typeof name === 'string' && Object.hasOwn(value, name)) value = value[name];
    else return undefined;
  }
  return value;
}

/** ssh keys however they are written: one text with a key a line, a list of such texts, or a map of names to them. */
export function sshKeysOf(value: unknown): Record<string, string> {
  const entries = isMap(value) ? Object.entries(value) : [['key', value] as const];
  const keys = entries.flatMap(([name, texts]) =>
    (Array.isArray(texts) ? texts : [texts])
      .flatMap((text) => (typeof text === 'string' ? text.split('\n') : []))
      .map((line) => [name, line.trim()] as const)
      .filter(([, line]) => line !== '' && !line.startsWith('#')),
  );
  // Their order is that of their names.
  return Object.fromEntries(
    keys.map(([name, key], index) => [`${String(index).padStart(3, '0')} ${name}`, key]),
  );
}

/** Without the fields that say nothing. */
export function withoutEmpty(metadata: FetchedMetadata): FetchedMetadata {
  return Object.fromEntries(
    Object.entries(metadata).filter(([, value]) =>
      typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value),
    ),
  );
}
