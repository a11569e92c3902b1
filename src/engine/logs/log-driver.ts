/** The log drivers, which `--log-driver` names, and their options. */
import { invalidParameter } from '../errors.ts';
import type { JsonFileOptions } from './json-file-log.ts';

/**
 * What is kept if nothing is said (docs.docker.com, "JSON File logging driver", "Local file logging driver"). How the
 * files of `local` look is the engine's own affair: here they are those of json-file.
 */
const FILE_DRIVERS = {
  'json-file': { maxSize: undefined, maxFiles: 1 },
  local: { maxSize: 20 * 1024 * 1024, maxFiles: 5 },
} as const;

const NONE = 'none';

type FileDriver = keyof typeof FILE_DRIVERS;

/** The names of all, as `docker info` lists them. */
export const LOG_DRIVERS = [...Object.keys(FILE_DRIVERS), NONE].sort();

const OPTIONS = [
  'max-size',
  'max-file',
  'compress',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'mode',
  'max-buffer-size',
];

export function isLogDriver(name: string): boolean {
  return LOG_DRIVERS.includes(name);
}

/** Whether the driver keeps files, which `docker logs` reads. */
export function keepsFiles(driver: string | null | undefined): driver is FileDriver {
  return driver != null && Object.hasOwn(FILE_DRIVERS, driver);
}

/** The options of `--log-opt`, checked. Errors have Docker's wording. */
export function parseLogOptions(driver: string, options: Readonly<Record<string, string>>): JsonFileOptions {
  const presets = keepsFiles(driver) ? FILE_DRIVERS[driver] : FILE_DRIVERS['json-file'];
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) throw invalidParameter(`unknown log opt '${key}' for ${driver} log driver`);
  }
  const maxFiles = Number(options['max-file'] ?? presets.maxFiles);
  if (!Number.isInteger(maxFiles) || maxFiles < 1) throw invalidParameter('max-file cannot be less than 1');
  const maxSize = options['max-size'];
  if (maxSize === undefined) return { maxSize: presets.maxSize, maxFiles };
  return { maxSize: maxSize === '-1' ? undefined : parseSize(maxSize), maxFiles };
}

/** `25m`, `10kb`, `1024`: bytes, with binary multiples. */
function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?$/i.exec(text);
  if (match === null) throw invalidParameter(`invalid size: '${text}'`);
  const exponent = ' kmgt'.indexOf((match[2] || ' ').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** exponent);
}
