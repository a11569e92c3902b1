/** Seconds from the kernel's first instruction with a clock. */
export interface BootTimes {
  /** Process 1 runs. */
  readonly init: number;
  /** System Docker answers. */
  readonly api: number;
  /** A person can work in the console. */
  readonly console: number;
}

/**
 * Reads the marks that the OS leaves in the kernel's log, with the kernel's time stamps.
 * @param log as dmesg(1) prints it
 * @throws when a mark is missing
 */
export function bootTimesOf(log: string): BootTimes {
  return {
    init: timeOf('paddock: init', log),
    api: timeOf('paddock: api ready', log),
    console: timeOf('paddock: console ready', log),
  };
}

function timeOf(mark: string, log: string): number {
  const line = log.split('\n').find((each) => each.endsWith(`] ${mark}`));
  const time = /^\[\s*(\d+\.\d+)\]/.exec(line ?? '')?.[1];
  if (time === undefined) throw new Error(`the kernel's log has no line "${mark}"`);
  return Number(time);
}
