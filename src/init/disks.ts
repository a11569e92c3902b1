import { errorMessage } from '../linux/error-report.ts';
import { readText } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { MS } from '../linux/mount.ts';
import { attempt, callOnPath } from '../linux/syscall.ts';

const UMOUNT_NOFOLLOW = 8;

/**
 * Unmounts the filesystems on disks, or makes them read-only if somebody still uses them, so that they need no check at
 * the next boot. One that refuses both is logged.
 */
export function releaseDisks(): void {
  for (const target of diskMountPoints(readText('/proc/self/mounts'))) {
    if (attempt('umount2', target, UMOUNT_NOFOLLOW) === 0) continue;
    try {
      callOnPath(target, 'mount', null, target, null, MS.REMOUNT | MS.RDONLY, null);
    } catch (error) {
      log.warn(errorMessage(error));
    }
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
