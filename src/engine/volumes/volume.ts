/** A volume and the file that describes it, `volumes/<name>/volume.json`. */

import * as v from 'valibot';
import { readText } from '../../linux/file.ts';
import { parseJson, stringMap } from '../../oci/json.ts';
import { lookUp } from '../../oci/look-up.ts';
import { invalidParameter } from '../errors.ts';

/** The label of volumes that nobody gave a name. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';
/** In a volume's directory: what the containers see. */
export const VOLUME_DATA = '_data';
/** In a volume's directory: what it was created with. */
export const VOLUME_FILE = 'volume.json';

const volumeFile = v.object({
  /** RFC 3339. */
  created: v.string(),
  labels: v.nullable(stringMap),
  options: v.nullable(stringMap),
});

export type VolumeFile = v.InferOutput<typeof volumeFile>;

export interface Volume {
  readonly name: string;
  readonly driver: 'local';
  /** The directory that containers see. */
  readonly mountpoint: string;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether labels were given at all, if only an empty list: Docker shows the difference. */
  readonly hasLabels: boolean;
  /** What is mounted at the mountpoint while a container uses the volume: `type`, `device`, `o`. */
  readonly options: Readonly<Record<string, string>>;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
/** What an option needs beside itself. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  type: ['device'],
  device: ['type'],
  o: ['device', 'type'],
};

/** Reads a volume's file. Throws FormatError. */
export function readVolumeFile(path: string): VolumeFile {
  return parseJson(volumeFile, readText(path), path);
}

/** Throws 400 in Docker's words for a name that cannot be a volume's. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw invalidParameter('volume name is too short, names should be at least two alphanumeric characters');
  }
  if (!NAME.test(name) || name.length > 255) {
    throw invalidParameter(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}

/** Throws 400 in Docker's words for options that the driver `local` does not take. */
export function checkVolumeOptions(name: string, options: Readonly<Record<string, string>>): void {
  if (options['size'] !== undefined) {
    throw invalidParameter(`create ${name}: quota size requested but no quota support`);
  }
  for (const option of Object.keys(options)) {
    const required = lookUp(OPTIONS, option);
    if (required === undefined) throw invalidParameter(`create ${name}: invalid option: "${option}"`);
    for (const other of required) {
      if (options[other] !== undefined) continue;
      throw invalidParameter(`create ${name}: missing required option: "${other}"`);
    }
  }
}
