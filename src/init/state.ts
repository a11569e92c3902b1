/**
 * The state partition, which keeps what is written: `rancher.state`. Nothing here is done, and no driver of a disk is
 * loaded, unless the configuration asks for it.
 */
import { type Assembler, assemble } from '../disk/assemble.ts';
import { formatFirstBlank } from '../disk/autoformat.ts';
import { checkExt4 } from '../disk/ext4.ts';
import { loadFilesystem } from '../disk/filesystem-modules.ts';
import { type DeviceSpec, type FoundDevice, findDevice, waitForDevice } from '../disk/find-device.ts';
import type { StateSettings } from '../disk/state-settings.ts';
import { errorMessage } from '../linux/error-report.ts';
import { makeDirectories } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { MS, mount } from '../linux/mount.ts';
import { runForOutput } from '../linux/process-output.ts';
import { DriverLoader, isStorage } from './drivers.ts';
import { askOnConsoles } from './passphrase.ts';
import { STATE } from './root-filesystem.ts';

/** How long drivers may take to find their disks, and how long `rancher.state.wait` waits; milliseconds. */
const PATIENCE = 5_000;
const LONG_PATIENCE = 30_000;
/** How long the state partition may take to appear beside a blank disk before that is formatted. */
const FORMAT_PATIENCE = 1_000;
/** How long somebody has for typing a passphrase, before the machine goes on without. */
const TYPING_PATIENCE = 120_000;

const OEM = '/usr/share/ros/oem';
const BOOT = '/boot';

/**
 * Mounts the partition with the OEM's configuration, read-only, if there may be disks and one has it.
 * @returns whether it is mounted
 */
export async function mountOemPartition({ device, oem }: StateSettings): Promise<boolean> {
  if (device === undefined) return false;
  new DriverLoader().loadAll(isStorage);
  return mountIfThere(oem.device, OEM, oem.type, MS.RDONLY);
}

/**
 * Mounts the state partition at STATE. Without one, the machine goes on in memory, with a warning.
 * @returns the folder in which everything is; undefined without
 * @throws if `rancher.state.required` is set and it cannot be mounted
 */
export async function mountStatePartition(settings: StateSettings): Promise<string | undefined> {
  const { device, directory, required, boot } = settings;
  if (device === undefined) return undefined;
  try {
    const assemblers = await chooseAssemblers(settings);
    await assemble(assemblers, PATIENCE, () => findDevice(device) !== undefined);
    if (settings.script !== undefined) await runScript(settings.script);
    const found = await findOrFormat(
      device,
      settings,
      assemblers.flatMap(({ leftOver }) => leftOver),
    );
    await checkIfNeeded(found);
    await mountChecked(found, settings.type);
  } catch (error) {
    const message = `state partition: ${errorMessage(error)}`;
    if (required) throw new Error(message, { cause: error });
    log.warn(`${message}; nothing will be kept`);
    return undefined;
  }
  await mountIfThere(boot.device, BOOT, boot.type, 0);
  const folder = directory === '' ? STATE : `${STATE}/${directory}`;
  makeDirectories(folder);
  return folder;
}

/** What the partition may lie on, from the bottom to the top. Few machines have any of it. */
async function chooseAssemblers({ hasArrays, isEncrypted, hasVolumes }: StateSettings): Promise<Assembler[]> {
  const assemblers: Assembler[] = [];
  if (hasArrays) assemblers.push(new (await import('../disk/raid.ts')).ArrayAssembler());
  if (isEncrypted) {
    const { LuksOpener } = await import('../disk/luks.ts');
    assemblers.push(new LuksOpener((question) => askOnConsoles(question, TYPING_PATIENCE)));
  }
  if (hasVolumes) assemblers.push(new (await import('../disk/lvm.ts')).VolumeActivator());
  return assemblers;
}

/** @param leftOver devices that the partition may lie on, if they could be put together or opened */
async function findOrFormat(
  device: DeviceSpec,
  { autoformat, wait }: StateSettings,
  leftOver: readonly string[],
): Promise<FoundDevice> {
  if (autoformat.length > 0) {
    const found = await waitForDevice(device, FORMAT_PATIENCE);
    if (found?.filesystem !== undefined) return found;
    if (leftOver.length > 0) {
      log.warn(`rancher.state.autoformat: nothing is formatted, since it may lie on ${leftOver.join(', ')}`);
    } else if ((await formatFirstBlank(autoformat)) === undefined) {
      log.warn('rancher.state.autoformat: no blank disk');
    }
  }
  const found = await waitForDevice(device, wait ? LONG_PATIENCE : PATIENCE);
  if (found === undefined) throw new Error(`there is no ${nameOf(device)}`);
  return found;
}

function nameOf({ by, value }: DeviceSpec): string {
  return by === 'path' ? value : `${by.toUpperCase()}=${value}`;
}

async function checkIfNeeded({ path, filesystem }: FoundDevice): Promise<void> {
  if (filesystem?.needsCheck) log.info(await checkExt4(path));
}

/** If the kernel refuses an ext4 filesystem, it is checked and tried once more. */
async function mountChecked({ path, filesystem }: FoundDevice, type: string): Promise<void> {
  const known = type === 'auto' ? filesystem?.type : type;
  if (known === undefined) throw new Error(`${path} has no filesystem that is known here`);
  try {
    mountDevice(path, STATE, known, 0);
  } catch (error) {
    if (known !== 'ext4') throw error;
    log.warn(errorMessage(error));
    log.info(await checkExt4(path));
    mountDevice(path, STATE, known, 0);
  }
}

async function mountIfThere(
  device: DeviceSpec,
  target: string,
  type: string,
  flags: number,
): Promise<boolean> {
  const found = await waitForDevice(device, 0);
  const known = type === 'auto' ? found?.filesystem?.type : type;
  if (found === undefined || known === undefined) return false;
  try {
    mountDevice(found.path, target, known, flags);
    return true;
  } catch (error) {
    log.warn(`${nameOf(device)}: ${errorMessage(error)}`);
    return false;
  }
}

function mountDevice(device: string, target: string, type: string, flags: number): void {
  loadFilesystem(type);
  makeDirectories(target);
  mount(device, target, type, flags | MS.NOSUID | MS.NODEV);
}

/** A script that makes the state partition findable, or what else. Its failure is told and no more. */
async function runScript(script: string): Promise<void> {
  try {
    const { code, output } = await runForOutput(['/bin/sh', script]);
    if (output !== '') log.info(output.trimEnd());
    if (code !== 0) log.warn(`rancher.state.script: ${script} ended with ${code}`);
  } catch (error) {
    log.warn(`rancher.state.script: ${errorMessage(error)}`);
  }
}
