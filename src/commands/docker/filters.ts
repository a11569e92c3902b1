/** `--filter name=value`. */
import type { Filters } from '../../engine/client.ts';
import { UsageError } from './flags.ts';

/** Values by name; a name may come more than once. Throws UsageError. */
export function parseFilters(texts: readonly string[]): Filters {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`invalid filter "${text}": expected name=value`);
    const name = text.slice(0, equals).trim().toLowerCase();
    const values = filters[name] ?? [];
    values.push(text.slice(equals + 1).trim());
    filters[name] = values;
  }
  return filters;
}
