/** The table of all keys in docs/configuration.md. */
import { getValue } from '../src/config/get.ts';
import { isMap } from '../src/config/merge.ts';
import type { Effect } from '../src/config/schema/values.ts';
import { coreOf, type Walkable } from '../src/config/schema/walk.ts';
import { configSchema } from '../src/config/schema.ts';

const BEGIN = '<!-- made by ./build reference: begin -->';
const END = '<!-- made by ./build reference: end -->';

const EFFECTS: Readonly<Record<Effect, string>> = {
  boot: 'boot',
  console: '`console` restarts',
  network: '`network` restarts',
  shutdown: 'at once',
  none: 'not yet',
  never: 'never',
};

/**
 * The page with a new table between its marks.
 * @param osConfig the parsed os-config.yml, for what a key is if nobody sets it
 */
export function withKeyTable(page: string, osConfig: unknown): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/configuration.md: "${BEGIN}" and "${END}" expected`);
  const heads = ['key', 'holds', 'without it', 'takes effect', 'what'];
  const table = formatTable([heads, ...keyRows(osConfig)]);
  return `${page.slice(0, begin)}${BEGIN}\n\n${table}\n${page.slice(end)}`;
}

/** What the table says, a list of cells for each key. */
function keyRows(osConfig: unknown): string[][] {
  /** Where the keys of a schema are listed; it may be that of several keys. */
  const listed = new Map<Walkable, string>();
  const rows: string[][] = [];
  const visit = (schema: Walkable, path: string, isIdle: boolean) => {
    const core = coreOf(schema);
    const place = listed.get(core);
    const isInert = isIdle || schema.note?.effect === 'none';
    const { description = '', preset, effect = 'boot' } = schema.note ?? {};
    const keys = below(core);
    const values = preset ?? presetIn(osConfig, path);
    const isGroup = keys.length > 0 && place === undefined;
    // A map whose keys follow says nothing by itself, unless it is about names that people choose.
    if (path !== '' && (!isGroup || core.value !== undefined || description.includes('`'))) {
      const same = place === undefined ? '' : `; keys as in \`${place}\``;
      rows.push([
        `\`${path}\``,
        kindOf(core),
        values,
        EFFECTS[isInert ? 'none' : effect],
        `${description}${same}`,
      ]);
    }
    if (!isGroup) return;
    if (core.entries !== undefined && path !== '') listed.set(core, path);
    for (const [name, key] of keys) visit(key, path === '' ? name : `${path}.${name}`, isInert);
  };
  visit(configSchema(), '', false);
  return rows;
}

/** Keys, also those of the entries of a map or a list. */
function below(core: Walkable): (readonly [string, Walkable])[] {
  if (core.entries !== undefined) return Object.entries(core.entries);
  const entry = core.value ?? core.item;
  const entries = entry === undefined ? undefined : coreOf(entry).entries;
  const name = core.value === undefined ? '[]' : 'NAME';
  return Object.entries(entries ?? {}).map(([key, schema]) => [`${name}.${key}`, schema]);
}

function kindOf({ type, entries, value, item, options }: Walkable): string {
  if (entries !== undefined || value !== undefined) return 'map';
  if (item !== undefined) return 'list';
  if (type !== 'union') return type === 'number' ? 'number' : 'text';
  const first = options?.[0];
  return typeof first === 'object' && first.type === 'boolean' ? 'true or false' : 'text';
}

function presetIn(osConfig: unknown, path: string): string {
  const value =
    getValue(osConfig, path) ?? getValue(osConfig, path.replace(/^rancher\./, 'rancher.defaults.'));
  if (value === undefined || value === null || isMap(value)) return '';
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}
