/** `ros config get`. */
import { isMap, ownValue } from './merge.ts';

/** The value at a key such as `rancher.ssh.port`; undefined if there is none. */
export function getValue(config: unknown, key: string): unknown {
  return getPath(config, key)?.reduce<unknown>(
    (value, name) => (isMap(value) ? ownValue(value, name) : undefined),
    config,
  );
}

/** The names that a key is made of, which may contain dots themselves (`rancher.sysctl.fs.file-max`); undefined if there is no such value. */
export function getPath(config: unknown, key: string): string[] | undefined {
  if (!isMap(config)) return undefined;
  if (ownValue(config, key) !== undefined) return [key];
  for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
    const path = getPath(ownValue(config, key.slice(0, dot)), key.slice(dot + 1));
    if (path !== undefined) return [key.slice(0, dot), ...path];
  }
  return undefined;
}
