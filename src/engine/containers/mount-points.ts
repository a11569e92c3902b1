/** What is mounted into a container: `-v`, `--mount`, `--tmpfs`, `--volumes-from` and the image's volumes. */
import type { HostConfig, MountRequest } from '../../oci/container-config.ts';
import { invalidParameter } from '../errors.ts';

/** A mount point in the words of `docker inspect`. */
export interface MountPoint {
  readonly Type: 'bind' | 'volume' | 'tmpfs';
  /** A volume's name. */
  readonly Name?: string;
  /** The directory or file of the host; empty for tmpfs. */
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** A mount point as it was asked for: volumes are not made yet, sources not checked. */
export interface MountWish extends Omit<MountPoint, 'Source'> {
  readonly Source: string;
  /** `-v` creates a missing directory of the host, `--mount` does not. */
  readonly createSource: boolean;
  /** Do not fill an empty volume with what the image has there. */
  readonly noCopy: boolean;
  readonly volumeOptions?: MountRequest['VolumeOptions'];
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** All mount points of a create request, those named later winning over earlier ones at the same place. */
export function wishedMounts(hostConfig: HostConfig, imageVolumes: readonly string[]): MountWish[] {
  const wishes = new Map<string, MountWish>();
  const add = (wish: MountWish) => wishes.set(wish.Destination, wish);
  const addOnce = (wish: MountWish) => {
    if (wishes.has(wish.Destination)) throw invalidParameter(`Duplicate mount point: ${wish.Destination}`);
    add(wish);
  };
  for (const bind of hostConfig.Binds ?? []) addOnce(parseBind(bind));
  for (const mount of hostConfig.Mounts ?? []) addOnce(parseMount(mount));
  for (const [path, options] of Object.entries(hostConfig.Tmpfs ?? {})) {
    addOnce({ ...tmpfs(path), Mode: options });
  }
  for (const path of imageVolumes) {
    const destination = cleanPath(path);
    if (!wishes.has(destination)) add({ ...volume('', destination), createSource: true });
  }
  return [...wishes.values()];
}

/** `source:destination[:mode]`, or `destination` alone for an anonymous volume (`docker run -v`). */
export function parseBind(text: string): MountWish {
  const parts = text.split(':');
  const [first = '', second, mode = ''] = parts;
  if (parts.length > 3 || first === '') throw invalidSpecification(text, 'too many colons');
  if (second === undefined) return volume('', requireAbsolute(first, text));
  const destination = requireAbsolute(second, text);
  if (destination === '/') throw invalidSpecification(text, "destination can't be '/'");
  const { isReadOnly, propagation, noCopy } = parseMode(mode, text);
  if (first.startsWith('/')) {
    return {
      Type: 'bind',
      Source: cleanPath(first),
      Destination: destination,
      Mode: mode,
      RW: !isReadOnly,
      Propagation: propagation ?? 'rprivate',
      createSource: true,
      noCopy: true,
    };
  }
  if (!VOLUME_NAME.test(first)) {
    throw invalidParameter(
      `create ${first}: "${first}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  return { ...volume(first, destination), Mode: mode || 'z', RW: !isReadOnly, noCopy };
}

function parseMount(mount: MountRequest): MountWish {
  const { Type: type = '', Source: source, Target: target } = mount;
  if (target == null || target === '') throw invalidMount(type ?? '', 'field Target must not be empty');
  const destination = requireAbsolute(target, target);
  const RW = mount.ReadOnly !== true;
  switch (type) {
    case 'bind':
      if (source == null || source === '') throw invalidMount(type, 'field Source must not be empty');
      return {
        Type: 'bind',
        Source: cleanPath(source),
        Destination: destination,
        Mode: '',
        RW,
        Propagation: mount.BindOptions?.Propagation || 'rprivate',
        createSource: mount.BindOptions?.CreateMountpoint === true,
        noCopy: true,
      };
    case 'volume':
      return {
        ...volume(source ?? '', destination),
        Mode: 'z',
        RW,
        noCopy: mount.VolumeOptions?.NoCopy === true,
        volumeOptions: mount.VolumeOptions,
      };
    case 'tmpfs': {
      const { SizeBytes, Mode } = mount.TmpfsOptions ?? {};
      const options = [SizeBytes ? `size=${SizeBytes}` : '', Mode ? `mode=${Mode.toString(8)}` : ''];
      return { ...tmpfs(destination), Mode: options.filter(Boolean).join(','), RW };
    }
    default:
      throw invalidMount(type ?? '', `mount type unknown: "${type ?? ''}"`);
  }
}

/** `container[:ro|rw]` of `--volumes-from`. */
export function parseVolumesFrom(text: string): { container: string; isReadOnly: boolean | undefined } {
  const [container = '', mode = '', ...rest] = text.split(':');
  if (container === '' || rest.length > 0)
    throw invalidParameter(`invalid volumes-from specification: '${text}'`);
  const isReadOnly = mode === '' ? undefined : parseMode(mode, text).isReadOnly;
  return { container, isReadOnly };
}

function parseMode(mode: string, text: string) {
  const words = mode.split(',').filter(Boolean);
  const propagation = words.find((word) => PROPAGATIONS.includes(word));
  const known = ['ro', 'rw', 'z', 'Z', 'nocopy', ...PROPAGATIONS];
  if (words.some((word) => !known.includes(word))) throw invalidParameter(`invalid mode: ${mode}`);
  if (words.includes('ro') && words.includes('rw')) throw invalidSpecification(text, 'both ro and rw');
  return { isReadOnly: words.includes('ro'), propagation, noCopy: words.includes('nocopy') };
}

function volume(name: string, destination: string): MountWish {
  return {
    Type: 'volume',
    Name: name,
    Source: '',
    Destination: destination,
    Driver: 'local',
    Mode: '',
    RW: true,
    Propagation: '',
    createSource: true,
    noCopy: false,
  };
}

function tmpfs(destination: string): MountWish {
  return {
    Type: 'tmpfs',
    Source: '',
    Destination: requireAbsolute(destination, destination),
    Mode: '',
    RW: true,
    Propagation: '',
    createSource: false,
    noCopy: true,
  };
}

function requireAbsolute(path: string, text: string): string {
  if (!path.startsWith('/')) {
    throw invalidParameter(
      `invalid volume specification: '${text}': invalid mount config for type "volume": invalid mount path: '${path}' mount path must be absolute`,
    );
  }
  return cleanPath(path);
}

/** Without empty and `.` segments and with `..` resolved. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

function invalidSpecification(text: string, why: string) {
  return invalidParameter(`invalid volume specification: '${text}': ${why}`);
}

function invalidMount(type: string, why: string) {
  return invalidParameter(`invalid mount config for type "${type}": ${why}`);
}
