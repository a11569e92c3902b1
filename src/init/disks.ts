import { monotonicMilliseconds } from '../linux/clock.ts';
import { sleep } from '../linux/event-loop.ts';
import { readText, writeFile } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { syncDisks } from '../linux/reboot.ts';
import { attempt } from '../linux/syscall.ts';

const UMOUNT_NOFOLLOW = 8;

/** How long the kernel may take for that, and how often to look; milliseconds. */
const REMOUNT_PATIENCE = 3_000;
const PAUSE = 20;

/**
 * Unmounts the filesystems on disks, so that they need no recovery at the next boot. Those that somebody still writes to
 * are made read-only by force (the kernel's Documentation/admin-guide/sysrq.rst): process 1 itself has files open on them.
 */
export async function releaseDisks(): Promise<void> {
  const written = () => diskMountPoints(readText('/proc/self/mounts'));
  for (const target of written()) attempt('umount2', target, UMOUNT_NOFOLLOW);
  if (written().length === 0) return;
  syncDisks();
  writeFile('/proc/sysrq-trigger', 'u');
  const deadline = monotonicMilliseconds() + REMOUNT_PATIENCE;
  while (written().length > 0) {
    if (monotonicMilliseconds() > deadline) {
      log.warn(`still written to: ${written().join(', ')}`);
      return;
    }
    await sleep(PAUSE);
  }
}

/**
 * The mount points of block devices that are written to, the last one mounted first.
 * @param mounts text of /proc/self/mounts (proc_pid_mounts(5), fstab(5))
 */
export function diskMountPoints(mounts: string): string[] {
  const lines = mounts.split('\n').filter((line) => line.startsWith('/dev/'));
  return lines.reverse().flatMap((line) => {
    const [, target = '', , options = ''] = line.split(' ');
    return options.split(',').includes('rw') ? [unescapePath(target)] : [];
  });
}

/** Blank, tab, newline and backslash are written as three octal digits. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
