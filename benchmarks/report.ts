import type { Sample } from './measure.ts';
import { median } from './median.ts';

/** `out/sizes.json` of the builder, in bytes. */
export interface Sizes {
  readonly iso: number;
  readonly kernel: number;
  readonly initrd: number;
  readonly images: Readonly<Record<string, number>>;
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** In the unit. */
  readonly value: number;
  readonly unit: 'MB' | 's';
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
  return [
    { ...size('ISO', sizes.iso), limit: 26 },
    size('kernel', sizes.kernel),
    size('initrd', sizes.initrd),
    ...Object.entries(sizes.images).map(([name, bytes]) =>
      size(`image ${name}, as a registry would send it`, bytes),
    ),
    memory('memory in use, idle', ({ memoryInUse }) => memoryInUse),
    { ...memory('process 1 in memory', ({ processOne }) => processOne), limit: 12 },
    time('kernel start to process 1', ({ init }) => init),
    { ...time('process 1 to API answers', ({ init, api }) => api - init), limit: 1 },
    time('kernel start to API answers', ({ api }) => api),
    time('kernel start to console', ({ console }) => console),
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
  const head = ['what', 'median', 'at most'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
