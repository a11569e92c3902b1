/** Lines of progress, as `docker pull`, `push` and `build` draw them (Docker's package jsonmessage). */

/** One line; the client shows the last one for each id, and those without an id one below the other. */
export interface ProgressLine {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: ProgressDetail | Record<string, never>;
  /** The bar as text, for clients that do not draw it themselves. */
  readonly progress?: string;
  readonly aux?: object;
}

export interface ProgressDetail {
  readonly current: number;
  readonly total: number;
}

export type Report = (line: ProgressLine) => void;

const BAR_WIDTH = 50;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A line about something that has an id, without numbers. */
export function statusLine(id: string, status: string): ProgressLine {
  return { status, progressDetail: {}, id };
}

/** A line about something that has failed and is tried again. */
export function retryLine(id: string, seconds: number): ProgressLine {
  return statusLine(id, `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`);
}

/** A line about something of which `current` of `total` bytes are done. */
export function progressLine(id: string, status: string, detail: ProgressDetail): ProgressLine {
  return { status, progressDetail: detail, progress: progressBar(detail), id };
}

/** `[=====>      ]  1.2MB/12MB`; without the total if more is done than there was to do. */
export function progressBar({ current, total }: ProgressDetail): string {
  if (total <= 0) return current <= 0 ? '' : decimalSize(current).padStart(8);
  const done = Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH));
  const bar = `[${'='.repeat(done)}>${' '.repeat(BAR_WIDTH - done)}]`;
  const size = decimalSize(current).padStart(8);
  return current > total ? `${bar} ${size}` : `${bar} ${size}/${decimalSize(total)}`;
}

/** Four significant digits in decimal units, as in Docker's package go-units: `36.45kB`. */
function decimalSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${UNITS[unit] ?? ''}`;
}
