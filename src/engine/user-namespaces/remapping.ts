/**
 * `--userns-remap`: root in containers is nobody in particular outside. The layers in the store stay as they are, and so
 * does what containers change: overlayfs gets them by mounts that show other owners, so that all containers share the
 * images, whatever their users are.
 */
import { isErrno, SyscallError } from '../../linux/errno.ts';
import { makeDirectories, readTextIfExists } from '../../linux/file.ts';
import { close } from '../../linux/file-descriptor.ts';
import { mountMapped } from '../../linux/idmapped-mount.ts';
import { log } from '../../linux/log.ts';
import { unmount } from '../../linux/mount.ts';
import { type IdMappings, makeUserNamespace } from '../../linux/user-namespace.ts';
import { EngineError } from '../errors.ts';
import { idMappingsOf } from './subordinate-ids.ts';

export interface Remapping {
  readonly mappings: IdMappings;
  /** What root in containers is outside. */
  readonly root: { readonly uid: number; readonly gid: number };
  /** Where a path of a store shows its owners as containers have them. Throws EngineError if it cannot be had. */
  mappedPath(path: string): string;
}

/**
 * @param remap the option's value
 * @param stores directories with layers, the engine's own first
 * @param directory where the mounts go
 * @returns undefined if the option changes nothing
 * @throws FormatError for a value that cannot be, Error if the kernel cannot do it
 */
export function openRemapping(
  remap: string,
  stores: readonly string[],
  directory: string,
): Remapping | undefined {
  const file = (name: string) => readTextIfExists(`/etc/${name}`) ?? '';
  const mappings = idMappingsOf(remap, {
    passwd: file('passwd'),
    group: file('group'),
    subuid: file('subuid'),
    subgid: file('subgid'),
  });
  if (mappings === undefined) {
    log.warn('root cannot be remapped with itself; user namespaces are off');
    return undefined;
  }
  const userNamespace = makeUserNamespace(mappings);
  makeDirectories(directory, 0o700);
  const views = stores.map((store, index) => ({ store, path: `${directory}/${index}` }));
  try {
    for (const view of views) mountView(view, userNamespace);
  } finally {
    close(userNamespace); // the mounts have it
  }
  return {
    mappings,
    root: { uid: mappings.users[0]?.outside ?? 0, gid: mappings.groups[0]?.outside ?? 0 },
    mappedPath: (path) => {
      const view = views.find(({ store }) => path.startsWith(`${store}/`));
      if (view === undefined) throw new EngineError(500, `${path} is in no store`);
      return view.path + path.slice(view.store.length);
    },
  };
}

function mountView({ store, path }: { store: string; path: string }, userNamespace: number): void {
  makeDirectories(path);
  unmountEarlier(path);
  try {
    mountMapped(store, path, userNamespace);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new Error(`--userns-remap: the filesystem of ${store} cannot show other owners: ${error.message}`, {
      cause: error,
    });
  }
}

/** Of the program that this one replaces. What uses it goes on. */
function unmountEarlier(path: string): void {
  try {
    unmount(path);
  } catch (error) {
    if (!isErrno(error, 'EINVAL')) throw error;
  }
}
