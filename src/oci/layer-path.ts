/** Paths inside a layer: cleaning them, and the names that mean a removal (OCI image-spec, layer.md, "Whiteouts"). */
import { FormatError } from './errors.ts';

/** Before the name of a file that a layer removes. */
const WHITEOUT_PREFIX = '.wh.';
/** Reserved for markers; the only one in use is {@link OPAQUE_NAME}, others are leftovers of aufs. */
const WHITEOUT_META_PREFIX = '.wh..wh.';
/** In a directory, says that nothing of lower layers is to be seen in it. */
export const OPAQUE_NAME = '.wh..wh..opq';

/** The layer's own directory. */
export const LAYER_ROOT = '.';

/**
 * A name of an archive as a path relative to the layer: no `.`, no `..`, no double or outer slashes; `.` for the
 * layer's own directory. A leading slash means the layer's root. This is lexical: symbolic links on the way are the
 * executor's to refuse.
 * @throws FormatError if the path leaves the layer
 */
export function cleanLayerPath(path: string): string {
  const clean: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') clean.push(part);
    else if (clean.pop() === undefined) throw new FormatError(`"${path}" is outside of the layer`);
  }
  return clean.join('/') || LAYER_ROOT;
}

/** The directory part and the last name of a clean path. */
export function splitLayerPath(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { directory: slash < 0 ? LAYER_ROOT : path.slice(0, slash), name: path.slice(slash + 1) };
}

/** A name in a directory of the layer. */
export function joinLayerPath(directory: string, name: string): string {
  return directory === LAYER_ROOT ? name : `${directory}/${name}`;
}

/** Whether the clean path is a marker of any kind and not a file of the layer. */
export function isWhiteout(path: string): boolean {
  return splitLayerPath(path).name.startsWith(WHITEOUT_PREFIX);
}

/** Whether the clean path, or a directory on the way to it, is an aufs leftover that other engines skip. */
export function isAufsMetadata(path: string): boolean {
  return path.split('/').some((name) => name.startsWith(WHITEOUT_META_PREFIX) && name !== OPAQUE_NAME);
}

/** The path that a whiteout removes. */
export function whiteoutTarget(path: string): string {
  const { directory, name } = splitLayerPath(path);
  const target = name.slice(WHITEOUT_PREFIX.length);
  if (target === '' || target === '.' || target === '..') {
    throw new FormatError(`"${path}" is a whiteout of nothing`);
  }
  return joinLayerPath(directory, target);
}

/** The path of the whiteout that removes a path. */
export function whiteoutOf(path: string): string {
  const { directory, name } = splitLayerPath(path);
  return joinLayerPath(directory, WHITEOUT_PREFIX + name);
}
