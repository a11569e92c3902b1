/** Devices that a request names, looked up on the host. */
import { errorMessage } from '../../linux/error-report.ts';
import { readDirectory } from '../../linux/file.ts';
import { type FileStatus, stat } from '../../linux/file-status.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import type { GrantedDevice } from '../../oci/devices.ts';
import type { DeviceNumbers } from '../../oci/resources.ts';
import { EngineError, invalidParameter } from '../errors.ts';

/** The devices of `--device`; a directory stands for all devices in it. */
export function grantedDevices({ Devices }: HostConfig): GrantedDevice[] {
  return (Devices ?? []).flatMap(({ PathOnHost, PathInContainer, CgroupPermissions }) =>
    devicesAt(PathOnHost, PathInContainer || PathOnHost, CgroupPermissions || 'rwm'),
  );
}

function devicesAt(source: string, path: string, access: string): GrantedDevice[] {
  const status = statDevice(source);
  if (status.type === 'directory') {
    return readDirectory(source)
      .filter((name) => ['character', 'block', 'directory'].includes(stat(`${source}/${name}`).type))
      .flatMap((name) => devicesAt(`${source}/${name}`, `${path}/${name}`, access));
  }
  if (status.type !== 'character' && status.type !== 'block') {
    throw invalidParameter(
      `error gathering device information while adding custom device "${source}": not a device node`,
    );
  }
  const { mode, uid, gid, node } = status;
  return [{ path, type: status.type === 'block' ? 'b' : 'c', ...node, fileMode: mode, uid, gid, access }];
}

/** The numbers of the block devices that `--device-read-bps` and its like name. */
export function blockDeviceNumbers(hostConfig: HostConfig): Map<string, DeviceNumbers> {
  const { BlkioWeightDevice, BlkioDeviceReadBps, BlkioDeviceWriteBps } = hostConfig;
  const { BlkioDeviceReadIOps, BlkioDeviceWriteIOps } = hostConfig;
  const lists = [
    BlkioWeightDevice,
    BlkioDeviceReadBps,
    BlkioDeviceWriteBps,
    BlkioDeviceReadIOps,
    BlkioDeviceWriteIOps,
  ];
  const paths = lists.flatMap((list) => (list ?? []).map(({ Path }) => Path));
  return new Map(paths.map((path) => [path, statDevice(path).node]));
}

function statDevice(path: string): FileStatus {
  try {
    return stat(path);
  } catch (error) {
    throw new EngineError(
      500,
      `error gathering device information while adding custom device "${path}": ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
