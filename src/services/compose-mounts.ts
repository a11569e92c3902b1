/** `volumes` and `tmpfs`: what is mounted in a container. */
import { isMap } from '../config/merge.ts';
import type { ContainerConfig, HostConfig, MountRequest } from '../oci/container-config.ts';
import { flag, integer, listOrText, size, text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** `volumes`: each `[SOURCE:]TARGET[:MODE]`, or a map as today's compose files have it. */
export function mountVolumes(
  draft: { config: ContainerConfig; host: HostConfig },
  value: unknown,
  place: string,
): void {
  if (!Array.isArray(value)) {
    throw new ServiceError(`${place}: expected a list, got ${JSON.stringify(value)}`);
  }
  const binds: string[] = [];
  const anonymous: string[] = [];
  const mounts: MountRequest[] = [];
  for (const [index, item] of value.entries()) {
    const at = `${place}[${index}]`;
    if (isMap(item) && 'target' in item) mounts.push(mountOf(item, at));
    else {
      const written = text(item, at);
      (written.includes(':') ? binds : anonymous).push(written);
    }
  }
  draft.host.Binds = binds;
  draft.config.Volumes = Object.fromEntries(anonymous.map((path) => [path, {}]));
  if (mounts.length > 0) draft.host.Mounts = mounts;
}

const TYPES: readonly string[] = ['bind', 'volume', 'tmpfs'];

function mountOf(item: Readonly<Record<string, unknown>>, place: string): MountRequest {
  const { type = 'volume', source, target, read_only } = item;
  const written = text(type, `${place}.type`);
  if (!TYPES.includes(written)) {
    throw new ServiceError(`${place}.type: expected ${TYPES.join(', ')}, got "${written}"`);
  }
  return {
    Type: written,
    ...(source == null ? {} : { Source: text(source, `${place}.source`) }),
    Target: text(target, `${place}.target`),
    ReadOnly: read_only == null ? false : flag(read_only, `${place}.read_only`),
    ...optionsOf(item, written, place),
  };
}

/** Those of the mount's own type; others mean nothing. */
function optionsOf(item: Readonly<Record<string, unknown>>, type: string, place: string): MountRequest {
  const options = item[type];
  if (!isMap(options)) return {};
  const at = `${place}.${type}`;
  const { propagation, create_host_path, nocopy, subpath, size: bytes, mode } = options;
  if (type === 'bind') {
    return {
      BindOptions: {
        ...(propagation == null ? {} : { Propagation: text(propagation, `${at}.propagation`) }),
        CreateMountpoint: create_host_path == null || flag(create_host_path, `${at}.create_host_path`),
      },
    };
  }
  if (type === 'volume') {
    return {
      VolumeOptions: {
        ...(nocopy == null ? {} : { NoCopy: flag(nocopy, `${at}.nocopy`) }),
        ...(subpath == null ? {} : { Subpath: text(subpath, `${at}.subpath`) }),
      },
    };
  }
  return {
    TmpfsOptions: {
      ...(bytes == null ? {} : { SizeBytes: size(bytes, `${at}.size`) }),
      ...(mode == null ? {} : { Mode: integer(mode, `${at}.mode`) }),
    },
  };
}

/** `tmpfs`: each `PATH[:OPTIONS]`. */
export function tmpfsMounts(value: unknown, place: string): Record<string, string> {
  const entries = listOrText(value, place).map((item) => {
    const [path = '', ...options] = item.split(':');
    return [path, options.join(':')];
  });
  return Object.fromEntries(entries);
}
