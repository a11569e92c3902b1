/**
 * Mounting overlayfs by the descriptor-based mount calls (fsopen(2), fsconfig(2), fsmount(2), move_mount(2)): layers are
 * added one by one (`lowerdir+`, Linux 6.8), so neither their number nor colons in their paths matter as they do in the
 * one page of options that mount(2) takes.
 */
import { AT_FDCWD, close } from './file-descriptor.ts';
import { call, callOnPath } from './syscall.ts';

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

export interface OverlayLayers {
  /** Read-only directories, the uppermost first. */
  readonly lower: readonly string[];
  /** Where changes go. */
  readonly upper: string;
  /** An empty directory on the same filesystem as `upper`, for the kernel's own use. */
  readonly work: string;
}

/** Mounts the layers as one tree at `target`. Throws SyscallError naming the layer that cannot be used. */
export function mountOverlay(layers: OverlayLayers, target: string): void {
  const context = call('fsopen', 'overlay', FSOPEN_CLOEXEC);
  try {
    for (const lower of layers.lower) setString(context, 'lowerdir+', lower);
    setString(context, 'upperdir', layers.upper);
    setString(context, 'workdir', layers.work);
    call('fsconfig', context, FSCONFIG_SET_STRING, 'source', 'overlay', 0);
    callOnPath(target, 'fsconfig', context, FSCONFIG_CMD_CREATE, null, null, 0);
    const mounted = callOnPath(target, 'fsmount', context, FSMOUNT_CLOEXEC, 0);
    try {
      callOnPath(target, 'move_mount', mounted, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    } finally {
      close(mounted);
    }
  } finally {
    close(context);
  }
}

function setString(context: number, key: string, value: string): void {
  callOnPath(value, 'fsconfig', context, FSCONFIG_SET_STRING, key, value, 0);
}
