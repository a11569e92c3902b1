/** The files that the configuration is read from. */
import { isDirectory, readDirectory, readTextIfExists } from '../linux/file.ts';
import { statIfExists } from '../linux/file-status.ts';

/** os-config.yml, made JSON by the builder. */
export const OS_CONFIG = '/usr/share/ros/os-config.json';
export const OEM_CONFIG = '/usr/share/ros/oem/oem-config.yml';
/** Fragments, which are read in the order of their names. */
export const CLOUD_CONFIG_DIRECTORY = '/var/lib/rancher/conf/cloud-config.d';
/** What `ros config` writes. */
export const CLOUD_CONFIG = '/var/lib/rancher/conf/cloud-config.yml';
/** What the cloud says about this machine. */
export const METADATA = '/var/lib/rancher/conf/metadata';

/** How files are read: those of the machine, or of a test. */
export interface ConfigFiles {
  /** Undefined if there is no such file. Other errors are thrown. */
  readText(path: string): string | undefined;
  /** The sorted names of the files in a directory; none if there is no such directory. */
  fileNames(path: string): readonly string[];
}

/** Those of this machine. */
export const machineFiles: ConfigFiles = {
  readText: readTextIfExists,
  fileNames(path) {
    if (statIfExists(path) === undefined) return [];
    return readDirectory(path).filter((name) => !isDirectory(`${path}/${name}`));
  },
};

/** The fragments that are there. */
export function fragmentPaths(files: ConfigFiles): string[] {
  return files
    .fileNames(CLOUD_CONFIG_DIRECTORY)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${CLOUD_CONFIG_DIRECTORY}/${name}`);
}
