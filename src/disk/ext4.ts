/** The tools of e2fsprogs, which lie in the root filesystem: mke2fs(8), e2fsck(8). */
import { runForOutput } from '../linux/process-output.ts';

const MAKE = '/usr/sbin/mke2fs';
const CHECK = '/usr/sbin/e2fsck';
/** Exit codes of e2fsck from here on: something is left to repair, or it could not do its work. */
const NOT_REPAIRED = 4;

/** Makes an ext4 filesystem over all of a device. What was on it is lost. Throws with what mke2fs says. */
export async function makeExt4(device: string, label: string): Promise<void> {
  // -F: a disk without partitions is meant. The kernel writes the tables of inodes in the background.
  const { code, output } = await runForOutput([MAKE, '-q', '-F', '-t', 'ext4', '-L', label, device]);
  if (code !== 0) throw new Error(`mke2fs on ${device}: ${lastLine(output, code)}`);
}

/**
 * Checks an ext4 filesystem that is not mounted and repairs what can be repaired without asking.
 * @returns what e2fsck says
 * @throws if it is not whole afterwards
 */
export async function checkExt4(device: string): Promise<string> {
  const { code, output } = await runForOutput([CHECK, '-p', device]);
  if (code >= NOT_REPAIRED) throw new Error(`e2fsck on ${device}: ${lastLine(output, code)}`);
  return lastLine(output, code);
}

function lastLine(output: string, code: number): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? `exit code ${code}`;
}
