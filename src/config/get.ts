/** `ros config get`. */
import { isMap, ownValue } from './merge.ts';
import { formatYaml } from './yaml.ts';

/**
 * The value at a path such as `rancher.ssh.port`; undefined if there is none.
 * Keys may contain dots themselves (`rancher.sysctl.fs.file-max`).
 */
export function getValue(config: unknown, path: string): unknown {
  if (!isMap(config)) return undefined;
  const value = ownValue(config, path);
  if (value !== undefined) return value;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const found = getValue(ownValue(config, path.slice(0, dot)), path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As `ros config get` prints it: scalars plain, lists and maps as YAML and an empty line, nothing as an empty line. */
export function formatValue(value: unknown): string {
  if (value === undefined || value === null) return '\n';
  return typeof value === 'object' ? `${formatYaml(value)}\n` : `${value}\n`;
}
