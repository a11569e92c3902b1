/** Tables of text, aligned as the docker CLI does: cells of at least ten columns, three spaces between them. */

const MINIMUM_WIDTH = 10;
const PADDING = 3;

/** Aligns rows of cells. Every row ends with a newline; the last cell of a row is not padded. */
export function alignColumns(rows: readonly (readonly string[])[], minimumWidth = MINIMUM_WIDTH): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? minimumWidth, textWidth(cell) + PADDING);
    }
  }
  return rows.map((row) => `${row.map((cell, index) => pad(cell, index, row, widths)).join('')}\n`).join('');
}

function pad(cell: string, index: number, row: readonly string[], widths: readonly number[]): string {
  if (index === row.length - 1) return cell;
  return cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - textWidth(cell)));
}

/** In characters, not UTF-16 units. */
function textWidth(text: string): number {
  return [...text].length;
}

/** Cuts a text to a number of characters, the last of which becomes an ellipsis. */
export function ellipsis(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
