/** Values of compose keys that have a syntax of their own. */
import { isMap } from '../config/merge.ts';
import type { HostConfig } from '../oci/container-config.ts';
import { integer, list, text, textMap } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

type Devices = NonNullable<HostConfig['Devices']>;
type Ulimits = NonNullable<HostConfig['Ulimits']>;
type RestartPolicy = NonNullable<HostConfig['RestartPolicy']>;

/** `path[:path in the container[:rwm]]` */
export function deviceMapping(item: string, place: string): Devices[number] {
  const [source, target = source, permissions = 'rwm', ...rest] = item.split(':');
  if (!source || !target || rest.length > 0 || !/^[rwm]+$/.test(permissions)) {
    throw new ServiceError(`${place}: expected PATH[:PATH[:rwm]], got "${item}"`);
  }
  return { PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions };
}

/** `no`, `always`, `unless-stopped`, or `on-failure[:maximum]`. */
export function restartPolicy(value: unknown, place: string): RestartPolicy {
  // YAML 1.1 took `no` for false; people write it without quotes.
  const written = value === false ? 'no' : text(value, place);
  const [, name, maximum] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(written) ?? [];
  if (name === undefined || (maximum !== undefined && name !== 'on-failure')) {
    throw new ServiceError(
      `${place}: expected no, always, unless-stopped or on-failure[:N], got "${written}"`,
    );
  }
  return { Name: name, MaximumRetryCount: Number(maximum ?? 0) };
}

/** A list of `name:address`, or a map of names to addresses. */
export function extraHosts(value: unknown, place: string): string[] {
  if (!isMap(value)) return list(value, place);
  return Object.entries(value).map(([name, address]) => `${name}:${text(address, `${place}.${name}`)}`);
}

/** A map of names to one limit, or to a soft and a hard one. */
export function ulimits(value: unknown, place: string): Ulimits {
  if (!isMap(value)) throw new ServiceError(`${place}: expected a map of limits`);
  return Object.entries(value).map(([name, limit]) => {
    const { soft, hard } = isMap(limit) ? limit : { soft: limit, hard: limit };
    return {
      Name: name,
      Soft: integer(soft, `${place}.${name}.soft`),
      Hard: integer(hard, `${place}.${name}.hard`),
    };
  });
}

/** `driver` and `options`. */
export function logging(value: unknown, place: string): NonNullable<HostConfig['LogConfig']> {
  if (!isMap(value)) throw new ServiceError(`${place}: expected a map with driver and options`);
  const { driver, options } = value;
  return {
    ...(driver == null ? {} : { Type: text(driver, `${place}.driver`) }),
    Config: options == null ? {} : textMap(options, `${place}.options`),
  };
}
