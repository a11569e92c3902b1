/** Values of `run`'s flags that have a syntax of their own. All throw UsageError. */
import { UsageError } from './flags.ts';
import { parseBinarySize } from './units.ts';

/** `name=value` or `name`, as an object. */
export function parseKeyValues(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text) => {
    const equals = text.indexOf('=');
    return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
  });
  return Object.fromEntries(entries);
}

/** Bytes; undefined if the flag is absent. */
export function parseSize(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBinarySize(text);
  if (bytes === undefined)
    throw new UsageError(`invalid size "${text}" for ${flag}: expected a size such as 64m`);
  return bytes;
}

/** A number of CPUs, in billionths. */
export function parseCpus(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(\.\d{1,9})?$/.test(text)) throw new UsageError(`invalid number "${text}" for --cpus`);
  return Math.round(Number(text) * 1e9);
}

/** `no`, `always`, `unless-stopped`, `on-failure[:max]`. */
export function parseRestartPolicy(text = 'no'): { Name: string; MaximumRetryCount: number } {
  const [, name, maximum] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined || (maximum !== undefined && name !== 'on-failure')) {
    throw new UsageError(
      `invalid restart policy "${text}": expected no, always, unless-stopped, on-failure or on-failure:NUMBER`,
    );
  }
  return { Name: name, MaximumRetryCount: Number(maximum ?? 0) };
}

/** `/dev/x`, `/dev/x:/dev/y`, `/dev/x:rw`, `/dev/x:/dev/y:rwm`. */
export function parseDevice(text: string): {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
} {
  const [host = '', second, third, ...rest] = text.split(':');
  const isMode = (part: string | undefined) => part !== undefined && /^[rwm]{1,3}$/.test(part);
  const path = second === undefined || (third === undefined && isMode(second)) ? host : second;
  const mode = third ?? (isMode(second) ? second : 'rwm');
  if (!host.startsWith('/') || !path.startsWith('/') || !isMode(mode) || rest.length > 0) {
    throw new UsageError(`invalid device "${text}": expected /dev/NAME[:PATH][:rwm]`);
  }
  return { PathOnHost: host, PathInContainer: path, CgroupPermissions: mode ?? 'rwm' };
}

/** `name=soft[:hard]`; -1 is no limit. */
export function parseUlimit(text: string): { Name: string; Soft: number; Hard: number } {
  const [, name, soft, hard] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`invalid ulimit "${text}": expected NAME=SOFT[:HARD]`);
  return { Name: name, Soft: Number(soft), Hard: Number(hard ?? soft) };
}

/** `path[:options]`, as an object from path to options. */
export function parseTmpfs(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text) => {
    const colon = text.indexOf(':');
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  });
  return Object.fromEntries(entries);
}
