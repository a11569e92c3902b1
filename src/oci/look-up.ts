/** What a table has under a name that somebody else chose: nothing under `constructor` and its like, which every object has. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
