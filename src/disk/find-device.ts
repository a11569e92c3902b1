/** Finding a device by what it is called in a configuration: `LABEL=x`, `UUID=x`, `PARTLABEL=x` or a path. */
import { monotonicMilliseconds } from '../linux/clock.ts';
import { sleep } from '../linux/event-loop.ts';
import { exists } from '../linux/file.ts';
import { type BlockDevice, blockDevices, filesystemOn } from './block-device.ts';
import type { Filesystem } from './filesystem.ts';

/** Between two looks, in milliseconds. */
const PAUSE = 50;

export type DeviceSpec =
  | { readonly by: 'label' | 'uuid' | 'partlabel'; readonly value: string }
  | { readonly by: 'path'; readonly value: string };

export interface FoundDevice {
  readonly path: string;
  /** Undefined if what is on it is not known. */
  readonly filesystem: Filesystem | undefined;
}

/** Undefined for text that is none. Quotes around the value are taken off, as blkid(8) takes them. */
export function parseDeviceSpec(text: string): DeviceSpec | undefined {
  const [, tag, value = ''] = /^(LABEL|UUID|PARTLABEL)=["']?(.*?)["']?$/.exec(text) ?? [];
  if (tag !== undefined) {
    return value === '' ? undefined : { by: tag.toLowerCase() as 'label' | 'uuid' | 'partlabel', value };
  }
  return text.startsWith('/dev/') ? { by: 'path', value: text } : undefined;
}

/** The first device that is called so, or undefined. */
export function findDevice(spec: DeviceSpec): FoundDevice | undefined {
  if (spec.by === 'path') {
    return exists(spec.value) ? { path: spec.value, filesystem: filesystemOn(spec.value) } : undefined;
  }
  for (const device of blockDevices()) {
    if (spec.by === 'partlabel' && device.partitionName !== spec.value) continue;
    const filesystem = filesystemOn(device.path);
    if (isCalled(spec, device, filesystem)) return { path: device.path, filesystem };
  }
  return undefined;
}

/** Whether a device is the one that is meant. */
export function isCalled(
  { by, value }: DeviceSpec,
  { path, partitionName }: BlockDevice,
  filesystem: Filesystem | undefined,
): boolean {
  switch (by) {
    case 'path':
      return path === value;
    case 'partlabel':
      return partitionName === value;
    case 'label':
      return filesystem?.label === value;
    case 'uuid':
      return filesystem?.uuid.toLowerCase() === value.toLowerCase();
  }
}

/** Looks until the device is there, at most for so many milliseconds; then undefined. */
export async function waitForDevice(
  spec: DeviceSpec,
  milliseconds: number,
): Promise<FoundDevice | undefined> {
  const deadline = monotonicMilliseconds() + milliseconds;
  for (;;) {
    const found = findDevice(spec);
    if (found !== undefined || monotonicMilliseconds() >= deadline) return found;
    await sleep(PAUSE);
  }
}
