/** The control group of a container (cgroup v2, the kernel's admin-guide/cgroup-v2): all its processes at once. */

import { isErrno } from '../../linux/errno.ts';
import { sleep } from '../../linux/event-loop.ts';
import {
  exists,
  isDirectory,
  readDirectory,
  readTextIfExists,
  removeDirectory,
  writeFile,
} from '../../linux/file.ts';

const MOUNT_POINT = '/sys/fs/cgroup';
const ATTEMPTS = 50;
const PAUSE_MILLISECONDS = 10;

export class ContainerCgroup {
  /** As the runtime specification wants it, such as `/docker/<id>`. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Stops all processes where they are, or lets them go on. */
  async setFrozen(frozen: boolean): Promise<void> {
    writeFile(`${this.#directory}/cgroup.freeze`, frozen ? '1' : '0');
    const wanted = `frozen ${frozen ? 1 : 0}`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if ((readTextIfExists(`${this.#directory}/cgroup.events`) ?? wanted).includes(wanted)) return;
      await sleep(PAUSE_MILLISECONDS);
    }
  }

  /** The pids of all processes in it. */
  processes(): number[] {
    const text = readTextIfExists(`${this.#directory}/cgroup.procs`) ?? '';
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** The text of a file of the group, such as `memory.current`; undefined if there is none. */
  read(name: string): string | undefined {
    try {
      return readTextIfExists(`${this.#directory}/${name}`);
    } catch (error) {
      // The group is being removed.
      if (isErrno(error, 'ENODEV')) return undefined;
      throw error;
    }
  }

  /** How many processes were ended for lack of memory. */
  outOfMemoryKills(): number {
    return Number(/^oom_kill (\d+)/m.exec(this.read('memory.events') ?? '')?.[1] ?? 0);
  }

  /** The path of a file of the group; undefined if there is none. */
  file(name: string): string | undefined {
    const path = `${this.#directory}/${name}`;
    return exists(path) ? path : undefined;
  }

  /** Ends what is left in it and removes it. */
  async destroy(): Promise<void> {
    if (!isDirectory(this.#directory)) return;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        writeFile(`${this.#directory}/cgroup.kill`, '1');
        removeCgroupTree(this.#directory);
        return;
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return;
        if (!isErrno(error, 'EBUSY')) throw error;
      }
      await sleep(PAUSE_MILLISECONDS);
    }
  }

  get #directory(): string {
    return `${MOUNT_POINT}${this.path}`;
  }
}

/** Control groups are removed by removing their directories; the files in them are the kernel's. */
function removeCgroupTree(directory: string): void {
  for (const name of readDirectory(directory)) {
    if (isDirectory(`${directory}/${name}`)) removeCgroupTree(`${directory}/${name}`);
  }
  removeDirectory(directory);
}
