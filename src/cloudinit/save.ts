/** Writes what was fetched where the configuration is read from: the files of RancherOS. */

import { CLOUD_CONFIG_DIRECTORY, METADATA } from '../config/config-files.ts';
import { parseSource } from '../config/document.ts';
import type { YamlMap } from '../config/merge.ts';
import { formatYaml } from '../config/yaml.ts';
import { errorMessage } from '../linux/error-report.ts';
import {
  directoryOf,
  makeDirectories,
  readDirectory,
  removeIfExists,
  writeFileAtomic,
} from '../linux/file.ts';
import { gunzip } from '../linux/gunzip.ts';
import type { FetchedData, FetchedMetadata } from './fetched-data.ts';
import { SCRIPT } from './files.ts';
import { type Piece, parseUserData } from './user-data.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const SCRIPT_MODE = 0o700;

/** What user data become: boot.yml, and more documents behind it; what a cloud adds goes before them all. */
const USER_FILES = /^boot(_\d+)?\.yml$/;
const VENDOR_FILES = /^00-vendor(_\d+)?\.yml$/;

/** What was fetched, with its user data taken apart. */
export interface ParsedData extends FetchedData {
  readonly user: readonly Piece[];
  readonly vendor: readonly Piece[];
  /** What could not be used and why, one line each. */
  readonly problems: readonly string[];
}

/** Takes apart what was fetched. */
export function parseFetched(fetched: FetchedData): ParsedData {
  const { source, userData, vendorData } = fetched;
  const parsed = (data: Uint8Array | undefined, name: string) =>
    data === undefined ? { pieces: [], problems: [] } : parseUserData(data, { name, gunzip });
  const user = parsed(userData, `user-data of ${source}`);
  const vendor = parsed(vendorData, `vendor-data of ${source}`);
  return {
    ...fetched,
    user: user.pieces,
    vendor: vendor.pieces,
    problems: [...user.problems, ...vendor.problems],
  };
}

/**
 * Saves what was fetched, each file atomically, in the place of what an earlier source gave; documents that are yet to be
 * included are left out, and so is what nobody could read.
 * @returns a line for each document that was left out because it is wrong
 * @throws SyscallError if a file cannot be written
 */
export function saveFetched({ user, vendor, metadata, network }: ParsedData): string[] {
  makeDirectories(CLOUD_CONFIG_DIRECTORY, DIRECTORY_MODE);
  const problems: string[] = [];
  saveDocuments(vendor, VENDOR_FILES, (number) => `00-vendor${number}.yml`, problems);
  saveDocuments(user, USER_FILES, (number) => `boot${number}.yml`, problems);
  saveScripts([...vendor, ...user]);
  if (network !== undefined) save(`${CLOUD_CONFIG_DIRECTORY}/network.yml`, networkDocument(network));
  save(METADATA, metadataDocument(metadata));
  return problems;
}

/** Whether there are programs to run. */
export function hasScripts({ user, vendor }: ParsedData): boolean {
  return [...vendor, ...user].some(({ kind }) => kind === 'script');
}

function saveDocuments(
  pieces: readonly Piece[],
  stale: RegExp,
  nameOf: (number: string) => string,
  problems: string[],
): void {
  const written = new Set<string>();
  for (const piece of pieces) {
    if (piece.kind !== 'config') continue;
    try {
      parseSource(piece.name, piece.text);
    } catch (error) {
      problems.push(errorMessage(error));
      continue;
    }
    const name = nameOf(written.size === 0 ? '' : `_${String(written.size + 1).padStart(2, '0')}`);
    save(`${CLOUD_CONFIG_DIRECTORY}/${name}`, piece.text);
    written.add(name);
  }
  for (const name of readDirectory(CLOUD_CONFIG_DIRECTORY)) {
    if (stale.test(name) && !written.has(name)) removeIfExists(`${CLOUD_CONFIG_DIRECTORY}/${name}`);
  }
}

/** Each program has a file of its own: cloud-config-script, cloud-config-script.2, … */
function saveScripts(pieces: readonly Piece[]): void {
  const scripts = pieces.flatMap((piece) => (piece.kind === 'script' ? [piece.text] : []));
  const files = scripts.map((_, index) => (index === 0 ? SCRIPT : `${SCRIPT}.${index + 1}`));
  for (const [index, text] of scripts.entries()) save(files[index] ?? SCRIPT, text, SCRIPT_MODE);
  const directory = directoryOf(SCRIPT);
  for (const name of readDirectory(directory)) {
    const path = `${directory}/${name}`;
    if (path.startsWith(SCRIPT) && !files.includes(path)) removeIfExists(path);
  }
}

function save(path: string, text: string, mode = FILE_MODE): void {
  writeFileAtomic(path, text, mode);
}

function networkDocument(network: YamlMap): string {
  return formatYaml({ rancher: { network } });
}

/** With the names of Go's fields, as RancherOS has them. */
function metadataDocument(metadata: FetchedMetadata): string {
  return formatYaml({
    hostname: metadata.hostname ?? '',
    sshpublickeys: metadata.sshKeys ?? {},
    instanceid: metadata.instanceId ?? '',
    rootdisk: metadata.rootDisk ?? '',
    publicipv4: metadata.publicIpv4 ?? '',
    privateipv4: metadata.privateIpv4 ?? '',
    publicipv6: metadata.publicIpv6 ?? '',
    privateipv6: metadata.privateIpv6 ?? '',
  });
}
