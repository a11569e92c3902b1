import { UsageError } from '../docker/flags.ts';

/** The value of `--format` of a command that prints a table. Throws UsageError. */
export function outputFormat<Other extends string = never>(
  value: string | undefined,
  others: readonly Other[] = [],
): 'table' | 'json' | Other {
  const formats = ['table', 'json', ...others] as const;
  const format = formats.find((name) => name === (value ?? 'table'));
  if (format !== undefined) return format;
  throw new UsageError(`invalid argument "${value}" for "--format" flag: expected ${formats.join(', ')}`);
}
