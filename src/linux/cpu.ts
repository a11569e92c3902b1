/** The machine's processors (sysfs-devices-system-cpu). */
import { readTextIfExists } from './file.ts';

/** How many processors are online. */
export function cpuCount(): number {
  const online = readTextIfExists('/sys/devices/system/cpu/online')?.trim() || '0';
  return online.split(',').reduce((count, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return count + last - first + 1;
  }, 0);
}
