/**
 * The way back: from what overlayfs left in an upper directory to the entries of a layer's tar
 * (`docker commit`, `docker build`).
 */
import { FormatError } from './errors.ts';
import { isOverlayWhiteout, OPAQUE_XATTR } from './layer.ts';
import { joinLayerPath, LAYER_ROOT, OPAQUE_NAME, whiteoutOf } from './layer-path.ts';
import type { TarEntry } from './tar-header.ts';
import { tarEntry } from './tar-writer.ts';

/** What `lstat` and `listxattr` say of a name in the upper directory, as a tar entry with a clean path. */
export type UpperNode = TarEntry;

/** Marks of overlayfs features which a layer cannot express; the engine mounts with them off. */
const UNSUPPORTED_XATTRS = ['trusted.overlay.redirect', 'trusted.overlay.metacopy'];

/** Attributes that belong to the file and not to the machine: file capabilities, and users' own. */
const KEPT_XATTRS = /^(security\.capability$|user\.(?!overlay\.))/;

const YES = 'y'.charCodeAt(0);

/**
 * The entries for one node of the upper directory: a whiteout, or the node itself, followed by the mark of an
 * opaque directory if it is one. Content follows the first entry if its size is not 0.
 * @throws FormatError if overlayfs recorded a change that a layer cannot express
 */
export function layerEntries(node: UpperNode): TarEntry[] {
  for (const name of UNSUPPORTED_XATTRS) {
    if (node.xattrs.has(name))
      throw new FormatError(`"${node.path}" has ${name}, which a layer cannot express`);
  }
  const { mtime } = node;
  if (isOverlayWhiteout(node)) {
    return [tarEntry({ path: whiteoutOf(node.path), type: 'file', mode: 0o600, mtime })];
  }
  const entries: TarEntry[] = [];
  if (node.path !== LAYER_ROOT) {
    entries.push({ ...node, xattrs: new Map([...node.xattrs].filter(([name]) => KEPT_XATTRS.test(name))) });
  }
  if (node.xattrs.get(OPAQUE_XATTR)?.[0] === YES) {
    entries.push(tarEntry({ path: joinLayerPath(node.path, OPAQUE_NAME), type: 'file', mode: 0o600, mtime }));
  }
  return entries;
}
