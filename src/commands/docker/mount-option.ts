/** The value of `--mount`: `type=bind,source=/a,target=/b,readonly`. */
import type { MountRequest } from '../../oci/container-config.ts';
import { UsageError } from './flags.ts';
import { parseBinarySize } from './units.ts';

const TYPES = ['bind', 'volume', 'tmpfs'];
const TRUE_VALUES = ['', 'true', '1'];

/** Throws UsageError for keys and values that it does not know. */
export function parseMount(text: string): MountRequest {
  const fail = (reason: string) => new UsageError(`invalid mount "${text}": ${reason}`);
  const mount: MountRequest = { Type: 'volume' };
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : field.slice(equals + 1);
    if (!setField(mount, key, value)) throw fail(`cannot understand "${field}"`);
  }
  if (!TYPES.includes(mount.Type ?? '')) throw fail(`the type is one of ${TYPES.join(', ')}`);
  if (!mount.Target) throw fail('the target is missing');
  if (mount.Type === 'bind' && !mount.Source) throw fail('a bind mount needs a source');
  return mount;
}

/** Returns false for a key or value that is not known. */
function setField(mount: MountRequest, key: string, value: string): boolean {
  switch (key) {
    case 'type':
      mount.Type = value.toLowerCase();
      return true;
    case 'source':
    case 'src':
      mount.Source = value;
      return true;
    case 'target':
    case 'destination':
    case 'dst':
      mount.Target = value;
      return true;
    case 'readonly':
    case 'ro':
      mount.ReadOnly = TRUE_VALUES.includes(value);
      return mount.ReadOnly || ['false', '0'].includes(value);
    case 'bind-propagation':
      mount.BindOptions = { Propagation: value };
      return true;
    case 'volume-nocopy':
      mount.VolumeOptions = { NoCopy: TRUE_VALUES.includes(value) };
      return true;
    case 'tmpfs-size':
      return setTmpfs(mount, { SizeBytes: parseBinarySize(value) });
    case 'tmpfs-mode':
      return setTmpfs(mount, { Mode: /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : undefined });
    default:
      return false;
  }
}

function setTmpfs(
  mount: MountRequest,
  option: { SizeBytes?: number | undefined; Mode?: number | undefined },
): boolean {
  mount.TmpfsOptions = { ...mount.TmpfsOptions, ...option };
  return Object.values(option).every((value) => value !== undefined);
}
