import type { Comparison, EngineFigures } from './beside-docker.ts';
import type { Sample } from './measure.ts';
import { median } from './median.ts';

/** `out/sizes.json` of the builder, in bytes. */
export interface Sizes {
  readonly iso: number;
  readonly kernel: number;
  readonly initrd: number;
  readonly images: Readonly<Record<string, number>>;
}

/** How many times as long as a bare shell the console may take. */
const CONSOLE_TIMES = 2;

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** In the unit. */
  readonly value: number;
  readonly unit: 'MB' | 's' | 'ms';
  /** What it may be at most. */
  readonly limit?: number;
}

/** Sizes and the medians of several boots; a megabyte is 10^6 bytes, /proc's kB are 1024. */
export function rowsOf(sizes: Sizes, samples: readonly Sample[]): Row[] {
  const size = (what: string, bytes: number): Row => ({ what, value: bytes / 1e6, unit: 'MB' });
  const memory = (what: string, of: (sample: Sample) => number): Row => ({
    what,
    value: (median(samples.map(of)) * 1024) / 1e6,
    unit: 'MB',
  });
  const time = (what: string, of: (sample: Sample) => number): Row => ({
    what,
    value: median(samples.map(of)),
    unit: 's',
  });
  const bareShell = time(
    'kernel start to a shell that is process 1, without the OS',
    (sample) => sample.bareShell,
  );
  const command = (what: string, of: (sample: Sample) => number): Row => ({
    what,
    value: median(samples.map(of)),
    unit: 'ms',
  });
  return [
    { ...size('ISO', sizes.iso), limit: 26 },
    size('kernel', sizes.kernel),
    size('initrd', sizes.initrd),
    ...Object.entries(sizes.images).map(([name, bytes]) =>
      size(`image ${name}, as a registry would send it`, bytes),
    ),
    { ...memory('memory in use, idle', ({ memoryInUse }) => memoryInUse), limit: 48 },
    { ...memory('process 1 in memory', ({ processOne }) => processOne), limit: 12 },
    time('kernel start to process 1', ({ init }) => init),
    { ...time('process 1 to API answers', ({ init, api }) => api - init), limit: 1 },
    time('kernel start to API answers', ({ api }) => api),
    bareShell,
    {
      ...time('kernel start to console', ({ console }) => console),
      limit: Number((CONSOLE_TIMES * bareShell.value).toFixed(2)),
    },
    command('busybox true', ({ busyboxTrue }) => busyboxTrue),
    { ...command('ros config get hostname', ({ rosConfigGet }) => rosConfigGet), limit: 30 },
    time('container: create, start, exit, remove', ({ container }) => container),
  ];
}

/** The rows as a Markdown table, aligned so that it is read as well in a terminal. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, value, unit, limit }) => [
    what,
    `${value.toFixed(2)} ${unit}`,
    limit === undefined ? '' : `${limit} ${unit}${value > limit ? ', exceeded' : ''}`,
  ]);
  return markdownTable(['what', 'median', 'at most'], cells);
}

/** How System Docker fares beside the stock engine, as a Markdown table. */
export function formatComparison({ systemDocker: ours, stockDocker: theirs }: Comparison): string {
  const row = (
    what: string,
    show: (value: number) => string,
    [ourValue, theirValue]: readonly [number, number],
    limit: string,
  ) => [what, show(ourValue), show(theirValue), (theirValue / ourValue).toFixed(1), limit];
  const megabytes = (kilobytes: number) => `${((kilobytes * 1024) / 1e6).toFixed(2)} MB`;
  const pair = (name: keyof EngineFigures) => [ours[name], theirs[name]] as const;
  return markdownTable(
    ['what', 'System Docker', 'Docker of Debian', 'times', 'promised'],
    [
      row('container: create, start, exit, remove', seconds, pair('container'), 'at least 3 times faster'),
      row('memory of the engine', megabytes, pair('memory'), 'at most a tenth'),
      row('and for each running container', megabytes, pair('memoryPerContainer'), 'at most 1 MB'),
      row('list of 100 containers', seconds, pair('listing'), 'at most 2 times slower'),
      row('pull of an image of 100 MB', seconds, pair('pull'), 'no slower'),
    ],
  );
}

function seconds(value: number): string {
  return value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`;
}

function markdownTable(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
