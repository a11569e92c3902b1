/** Keys as people write them, `rancher.ssh.port`, and the names that they are made of. */
import { configSchema } from '../schema.ts';
import { coreOf, schemaBelow, type Walkable } from './walk.ts';

/**
 * The names in a key. Names that people choose may contain dots themselves (`rancher.sysctl.fs.file-max`), so what the
 * schema knows decides where one ends. A key that nobody knows is parted at each dot.
 */
export function keyPath(key: string): string[] {
  const parts = key.split('.');
  return pathBelow(configSchema(), parts) ?? parts;
}

function pathBelow(schema: Walkable, parts: readonly string[]): string[] | undefined {
  const [first, ...rest] = parts;
  if (first === undefined) return [];
  const { type, entries, value } = coreOf(schema);
  if (type === 'unknown') return [...parts];
  if (entries !== undefined) {
    const below = schemaBelow(schema, first);
    const path = below && pathBelow(below, rest);
    return path && [first, ...path];
  }
  if (value === undefined) return undefined;
  for (let count = 1; count <= parts.length; count++) {
    const path = pathBelow(value, parts.slice(count));
    if (path !== undefined) return [parts.slice(0, count).join('.'), ...path];
  }
  return undefined;
}

/** Whether a key holds text, so that `007` and `true` are no number and no boolean. */
export function holdsText(path: readonly string[]): boolean {
  let schema: Walkable | undefined = configSchema();
  for (const name of path) schema = schema && schemaBelow(schema, name);
  const { type, options } = schema === undefined ? {} : coreOf(schema);
  const first = options?.[0];
  return type === 'union' && typeof first === 'object' && first.type === 'string';
}
