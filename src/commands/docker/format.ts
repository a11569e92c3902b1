/** Lists of objects in the forms that `--format` and `--quiet` ask for. */
import type { Console } from './console.ts';
import { alignColumns } from './table.ts';
import { parseFormat } from './template.ts';

/** A field of a list's rows, by the name that templates know. */
export interface Field<Item> {
  readonly header: string;
  readonly value: (item: Item) => string;
}

export interface ListOptions<Item> {
  /** Everything a template may name, in the order of the JSON form. */
  readonly fields: Readonly<Record<string, Field<Item>>>;
  /** Which fields the table shows. */
  readonly columns: readonly string[];
  /** The field that `--quiet` prints. */
  readonly id: string;
  /** What a template may call, such as `Label`. */
  readonly methods?: Readonly<Record<string, (item: Item, argument: unknown) => string>>;
}

/** Prints items as a table, or by a format: `table`, `table TEMPLATE`, `json` or `TEMPLATE`. */
export function printList<Item>(
  console: Console,
  items: readonly Item[],
  list: ListOptions<Item>,
  options: { quiet: boolean; format: string | undefined },
): void {
  const { fields } = list;
  const format = options.format ?? 'table';
  if (options.quiet && options.format === undefined) {
    console.out(items.map((item) => `${fields[list.id]?.value(item) ?? ''}\n`).join(''));
  } else if (format === 'json') {
    console.out(items.map((item) => `${JSON.stringify(rowOf(item, list, false))}\n`).join(''));
  } else if (format.startsWith('table')) {
    const columns = list.columns.map((name) => `{{.${name}}}`).join('\t');
    console.out(tableByTemplate(items, list, format.slice('table'.length).trim() || columns));
  } else {
    const template = parseFormat(format);
    console.out(items.map((item) => `${template(rowOf(item, list, true))}\n`).join(''));
  }
}

/** The template is applied to the headers as well; tabs separate the cells. */
function tableByTemplate<Item>(items: readonly Item[], list: ListOptions<Item>, text: string): string {
  const template = parseFormat(text);
  const headers = Object.fromEntries(Object.entries(list.fields).map(([name, { header }]) => [name, header]));
  const methods = Object.fromEntries(Object.keys(list.methods ?? {}).map((name) => [name, String]));
  const lines = [
    template({ ...headers, ...methods }),
    ...items.map((item) => template(rowOf(item, list, true))),
  ];
  return alignColumns(lines.map((line) => line.split('\t')));
}

function rowOf<Item>(item: Item, list: ListOptions<Item>, withMethods: boolean): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, { value }] of Object.entries(list.fields)) row[name] = value(item);
  if (!withMethods) return row;
  for (const [name, method] of Object.entries(list.methods ?? {})) {
    row[name] = (argument: unknown) => method(item, argument);
  }
  return row;
}
