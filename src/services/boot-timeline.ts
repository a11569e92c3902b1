/** What took how long at boot, from the kernel's first instruction to the last service. */

/** A part of the boot, or a moment of it. Times are seconds since the kernel began. */
export interface BootEvent {
  readonly name: string;
  readonly begin: number;
  /** Absent for a moment. */
  readonly end?: number;
  /** Such as `started` or `failed`, of a service. */
  readonly outcome?: string;
}

/** Where the services' times lie until the next boot, as JSON. */
export const SERVICE_TIMES = '/run/paddock-boot.json';

/** A line of the kernel's log. */
export interface KernelMessage {
  readonly seconds: number;
  readonly text: string;
}

const INIT = 'paddock: init';
const API = 'paddock: api ready';
const MOMENT = /^paddock: (console ready|network up.*|Paddock .* started.*)$/;

/**
 * Puts the marks of the kernel's log and the services' times into one line, the earliest first. A mark that the log has
 * lost, for it is a ring, costs its parts.
 */
export function bootTimeline(log: readonly KernelMessage[], services: readonly BootEvent[]): BootEvent[] {
  const timeOf = (mark: string) => log.find(({ text }) => text === mark)?.seconds;
  const [init, api] = [timeOf(INIT), timeOf(API)];
  const events: BootEvent[] = [...services];
  if (init !== undefined) events.push({ name: 'kernel', begin: 0, end: init });
  if (init !== undefined && api !== undefined) {
    events.push({ name: 'process 1, until System Docker answers', begin: init, end: api });
  }
  const seen = new Set<string>();
  for (const { seconds, text } of log) {
    const name = MOMENT.exec(text)?.[1];
    // A console that is restarted is no part of the boot.
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    events.push({ name, begin: seconds });
  }
  return events.sort((a, b) => a.begin - b.begin || (b.end ?? b.begin) - (a.end ?? a.begin));
}

/** In the Trace Event Format, which Perfetto and the browsers made from Chromium open (about:tracing). */
export function traceOf(events: readonly BootEvent[]): { traceEvents: readonly object[] } {
  const microseconds = (seconds: number) => Math.round(seconds * 1e6);
  const traceEvents = events.flatMap(({ name, begin, end, outcome }, index): object[] => {
    const common = { name, pid: 1, tid: index + 1, ts: microseconds(begin), cat: 'boot' };
    if (end === undefined) return [{ ...common, tid: 0, ph: 'i', s: 'g' }];
    return [
      { name: 'thread_name', ph: 'M', pid: 1, tid: index + 1, args: { name } },
      { ...common, ph: 'X', dur: microseconds(end - begin), args: outcome === undefined ? {} : { outcome } },
    ];
  });
  return { traceEvents };
}
