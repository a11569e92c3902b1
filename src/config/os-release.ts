/** os-release(5). */

/** The fields by name. Quotes around a value are removed. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z\d_]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return fields;
}
