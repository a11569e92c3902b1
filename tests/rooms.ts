/** The table of rooms in docs/architecture.md, as rules. */

export interface Room {
  /** A folder, without a slash at its end. */
  readonly folder: string;
  /** Folders that its files may import from, besides itself. */
  readonly mayImport: readonly string[];
  /** The same, but types only. */
  readonly mayImportTypes: readonly string[];
}

/**
 * Reads the rows `| folders | what | may import |`. The third cell is a list of rooms by the last part of their folder, in
 * which "and `x` types only" may come last; or "nothing", "same as x", or "everything below", which is all rows before.
 * @throws when a cell names a room that the table does not have
 */
export function parseRooms(page: string): Room[] {
  const rooms: Room[] = [];
  for (const [first = '', , third = ''] of rows(page)) {
    const rule = parseRule(third, rooms);
    for (const [, folder = ''] of first.matchAll(/`([^`]+)\/`/g)) rooms.push({ folder, ...rule });
  }
  return rooms;
}

function rows(page: string): string[][] {
  const table = page.split('\n').filter((line) => /^\| `/.test(line));
  const cells = table.map((line) => line.split('|').slice(1, -1));
  return cells.filter((row) => row.length === 3).map((row) => row.map((cell) => cell.trim()));
}

function parseRule(cell: string, above: readonly Room[]): Omit<Room, 'folder'> {
  if (cell === '' || cell === 'nothing') return { mayImport: [], mayImportTypes: [] };
  if (cell === 'everything below')
    return { mayImport: above.map(({ folder }) => folder), mayImportTypes: [] };
  const model = /^same as (\w+)$/.exec(cell)?.[1];
  if (model !== undefined) {
    const { mayImport, mayImportTypes } = roomOf(model, above);
    return { mayImport, mayImportTypes };
  }
  const types = /, and `(\w+)` types only$/.exec(cell);
  const names = cell.slice(0, types?.index ?? cell.length).split(', ');
  return {
    mayImport: names.map((name) => roomOf(name.replaceAll('`', ''), above).folder),
    mayImportTypes: types?.[1] === undefined ? [] : [roomOf(types[1], above).folder],
  };
}

function roomOf(name: string, rooms: readonly Room[]): Room {
  const room = rooms.find(({ folder }) => folder === name || folder === `src/${name}`);
  if (!room) throw new Error(`docs/architecture.md: no room "${name}" above`);
  return room;
}
