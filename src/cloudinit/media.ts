/** User data on a medium that is attached to the machine: a volume with the label of NoCloud or of a config drive. */
import { blockDevices, filesystemOn } from '../disk/block-device.ts';
import type { Filesystem } from '../disk/filesystem.ts';
import { loadFilesystem } from '../disk/filesystem-modules.ts';
import { decodeBase64, encodeBase64 } from '../linux/base64.ts';
import { isErrno } from '../linux/errno.ts';
import { errorMessage } from '../linux/error-report.ts';
import { withTimeout } from '../linux/event-loop.ts';
import { O, read, withFile } from '../linux/file-descriptor.ts';
import { MS, mount } from '../linux/mount.ts';
import { enterPrivateMountNamespace } from '../linux/mount-namespace.ts';
import { startWorker } from '../linux/worker.ts';
import type { FetchedData } from './fetched-data.ts';
import { NOCLOUD_FILES, OPENSTACK_FILES } from './files.ts';

/** Devices that hold no medium of somebody else's. */
const NOT_MEDIA = /^\/dev\/(dm-|md|nbd|fd)/;
/** Any folder: nobody else sees what is mounted there. */
const MOUNT_POINT = '/mnt';
/** A drive may have to start turning. In milliseconds. */
const PATIENCE = 30_000;
const LARGEST_FILE = 8 * 1024 * 1024;

/** What reads a medium; imported when there is one. */
const parseNoCloud = async () => (await import('./nocloud.ts')).parseNoCloud;
const parseConfigDrive = async () => (await import('./config-drive.ts')).parseConfigDrive;

/** The datasources that are media, in their words of `rancher.cloud_init.datasources`. */
const KINDS = [
  { datasource: 'nocloud', label: 'cidata', files: NOCLOUD_FILES, parser: parseNoCloud },
  { datasource: 'configdrive', label: 'config-2', files: OPENSTACK_FILES, parser: parseConfigDrive },
  // Proxmox puts either format on a CD, whose label says which.
  { datasource: 'proxmox', label: 'cidata', files: NOCLOUD_FILES, parser: parseNoCloud },
  { datasource: 'proxmox', label: 'config-2', files: OPENSTACK_FILES, parser: parseConfigDrive },
] as const;

/** Whether one of these datasources is a medium. */
export function wantsMedia(datasources: readonly string[]): boolean {
  return datasources.some((name) => KINDS.some(({ datasource }) => datasource === kindOf(name)));
}

/**
 * Reads the first medium there is, in the order of the datasources. Its volume is mounted for a moment, read-only, where
 * nobody else sees it, by a process of its own: a drive that hangs is given up.
 * @throws Error if a medium is there and cannot be read, ConfigError if a document on it is malformed
 */
export async function fetchFromMedia(datasources: readonly string[]): Promise<FetchedData | undefined> {
  const reading = startWorker<never, Found | null>({ name: 'cloud-init' }, () => readMedium(datasources));
  const late = new Error(`no drive has answered within ${PATIENCE / 1000} s`);
  const found = await withTimeout(reading.result, PATIENCE, late).finally(() => reading.kill());
  if (found === null) return undefined;
  const kind = KINDS[found.kind];
  const files = Object.entries(found.files).map(
    ([name, text]) => [name, decodeBase64(text) ?? new Uint8Array()] as const,
  );
  const parse = await kind?.parser();
  return parse?.(`${kind?.datasource} on ${found.device}`, new Map(files));
}

/** What the worker sends: the index of the kind, and files in base64. */
interface Found {
  readonly kind: number;
  readonly device: string;
  readonly files: Readonly<Record<string, string>>;
}

function readMedium(datasources: readonly string[]): Found | null {
  const volumes = findVolumes();
  for (const wanted of datasources.map(kindOf)) {
    for (const [index, { datasource, label, files }] of KINDS.entries()) {
      const found = volumes.find(({ filesystem }) => filesystem.label.toLowerCase() === label);
      if (datasource !== wanted || found === undefined) continue;
      return { kind: index, device: found.device, files: readFiles(found, files) };
    }
  }
  return null;
}

interface Volume {
  readonly device: string;
  readonly filesystem: Filesystem;
}

function findVolumes(): Volume[] {
  const paths = blockDevices().map(({ path }) => path);
  return paths.flatMap((device) => {
    const filesystem = NOT_MEDIA.test(device) ? undefined : filesystemOn(device);
    return filesystem === undefined ? [] : [{ device, filesystem }];
  });
}

function readFiles(
  { device, filesystem: { type } }: Volume,
  names: readonly string[],
): Record<string, string> {
  loadFilesystem(type);
  enterPrivateMountNamespace();
  mount(device, MOUNT_POINT, type, MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC | MS.NOSYMFOLLOW);
  const contents = names.map((name) => [name, readLimited(`${MOUNT_POINT}/${name}`)] as const);
  return Object.fromEntries(
    contents.flatMap(([name, bytes]) => (bytes === undefined ? [] : [[name, encodeBase64(bytes)]])),
  );
}

function readLimited(path: string): Uint8Array | undefined {
  try {
    return withFile(path, O.RDONLY, (fd) => {
      const buffer = new Uint8Array(LARGEST_FILE + 1);
      let length = 0;
      for (let count = -1; count !== 0 && length < buffer.length; length += count)
        count = read(fd, buffer.subarray(length));
      if (length > LARGEST_FILE) throw new Error(`${path} has more than ${LARGEST_FILE} bytes`);
      return buffer.slice(0, length);
    });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw new Error(errorMessage(error).replace(`${MOUNT_POINT}/`, ''), { cause: error });
  }
}

/** Without what may stand behind a colon: RancherOS names the folder where it mounts a config drive. */
function kindOf(datasource: string): string {
  return datasource.split(':', 1)[0]?.toLowerCase() ?? '';
}
