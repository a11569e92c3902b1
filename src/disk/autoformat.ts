/** `rancher.state.autoformat`: the first of the listed disks that is blank becomes the state partition. */
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { raidSuperblockOn, readStart } from './block-device.ts';
import { makeExt4 } from './ext4.ts';

export const STATE_LABEL = 'RANCHER_STATE';

/** So much of a disk must be zero, and the disk at least as large. */
const BLANK_SIZE = 1024 * 1024;

/**
 * Formats the first blank device, all of it, as ext4 with the label of the state partition. A device that is missing, or
 * that has something on it, is left alone.
 * @returns its path, or undefined if none was blank
 */
export async function formatFirstBlank(devices: readonly string[]): Promise<string | undefined> {
  const blank = devices.find(isBlankDevice);
  if (blank === undefined) return undefined;
  log.info(`${blank} is blank and becomes ${STATE_LABEL}`);
  await makeExt4(blank, STATE_LABEL);
  return blank;
}

function isBlankDevice(device: string): boolean {
  try {
    return isBlank(readStart(device, BLANK_SIZE)) && raidSuperblockOn(device) === undefined;
  } catch (error) {
    log.debug(`${device}: ${errorMessage(error)}`);
    return false;
  }
}

/** Whether these are the first bytes of a blank disk. */
export function isBlank(start: Uint8Array): boolean {
  return start.length === BLANK_SIZE && start.every((byte) => byte === 0);
}
