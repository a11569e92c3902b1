/**
 * What to do in a layer directory, as overlayfs wants it, for each entry of a layer's tar (OCI image-spec, layer.md;
 * Linux, filesystems/overlayfs.rst, "whiteouts and opaque directories").
 *
 * The paths of operations are clean, but only lexically: whoever executes them must resolve every directory on the way
 * beneath the layer without following symbolic links out of it (`openat2` with RESOLVE_IN_ROOT), replace what is in
 * the way unless both are directories, and create parents that the archive left out.
 */
import { FormatError } from './errors.ts';
import {
  cleanLayerPath,
  isAufsMetadata,
  isWhiteout,
  LAYER_ROOT,
  OPAQUE_NAME,
  splitLayerPath,
  whiteoutTarget,
} from './layer-path.ts';
import type { TarEntry, TarTime } from './tar-header.ts';

/** The attribute that makes a directory of an overlay hide the lower ones, with the value `y`. */
export const OPAQUE_XATTR = 'trusted.overlay.opaque';

/** Owner, permissions, time and attributes of what is created. The mode is ignored for symbolic links. */
export interface Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: TarTime;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Operations by name, with what each needs. */
export interface LayerOperations {
  /** `size` bytes of content follow. */
  file: Metadata & { readonly size: number };
  /** May exist already, also as the layer's root: then it only gets the metadata. */
  directory: Metadata;
  /** The target is kept as it is: it has a meaning only inside the container. */
  symlink: Metadata & { readonly target: string };
  /** The target is a clean path of this layer. */
  hardlink: { readonly target: string };
  device: Metadata & {
    readonly kind: 'character' | 'block';
    readonly major: number;
    readonly minor: number;
  };
  fifo: Metadata;
  /** Makes the path a character device 0:0: it hides what lower layers have there. */
  whiteout: object;
  /** Sets {@link OPAQUE_XATTR} on the directory. */
  opaque: object;
}

export type LayerOperation = {
  [Name in keyof LayerOperations]: { readonly do: Name; readonly path: string } & LayerOperations[Name];
}[keyof LayerOperations];

/**
 * The operation for an entry, or nothing if the entry is a leftover of aufs.
 * @throws FormatError for a name or a hard link target that leaves the layer
 */
export function layerOperation(entry: TarEntry): LayerOperation | undefined {
  const path = cleanLayerPath(entry.path);
  if (isAufsMetadata(path)) return undefined;
  const { directory, name } = splitLayerPath(path);
  if (name === OPAQUE_NAME) return { do: 'opaque', path: directory };
  if (isWhiteout(path)) return { do: 'whiteout', path: whiteoutTarget(path) };
  if (path === LAYER_ROOT && entry.type !== 'directory') {
    throw new FormatError(`"${entry.path}" is a ${entry.type} in the place of the layer's root`);
  }
  if (isOverlayWhiteout(entry)) return { do: 'whiteout', path };
  return entryOperation(entry, path, cleanLayerPath);
}

/**
 * The operation that makes an entry as it is, whatever its name.
 * @param path where to make it
 * @param place gives the clean path of a hard link's target, or throws FormatError
 */
export function entryOperation(
  entry: TarEntry,
  path: string,
  place: (target: string) => string,
): LayerOperation {
  const { mode, uid, gid, mtime, xattrs } = entry;
  const metadata = { mode, uid, gid, mtime, xattrs: withoutOverlay(xattrs) };
  switch (entry.type) {
    case 'file':
      return { do: 'file', path, size: entry.size, ...metadata };
    case 'directory':
      return { do: 'directory', path, ...metadata };
    case 'symlink':
      return { do: 'symlink', path, target: entry.linkPath, ...metadata };
    case 'hardlink':
      return { do: 'hardlink', path, target: hardlinkTarget(entry, place) };
    case 'character':
    case 'block': {
      const { type: kind, deviceMajor: major, deviceMinor: minor } = entry;
      return { do: 'device', path, kind, major, minor, ...metadata };
    }
    case 'fifo':
      return { do: 'fifo', path, ...metadata };
  }
}

function hardlinkTarget(entry: TarEntry, place: (target: string) => string): string {
  try {
    return place(entry.linkPath);
  } catch {
    throw new FormatError(`hard link "${entry.path}" -> "${entry.linkPath}" is outside of the layer`);
  }
}

/** Whether overlayfs takes this for the mark of a removed name. */
export function isOverlayWhiteout(node: Pick<TarEntry, 'type' | 'deviceMajor' | 'deviceMinor'>): boolean {
  return node.type === 'character' && node.deviceMajor === 0 && node.deviceMinor === 0;
}

/** A layer must not bring overlayfs's own marks along. */
function withoutOverlay(xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  return new Map([...xattrs].filter(([name]) => !/^(trusted|user)\.overlay\./.test(name)));
}
