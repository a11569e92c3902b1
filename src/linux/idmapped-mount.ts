/** Mounts that show other owners than the files have: mount_setattr(2), "ID-mapped mounts". */
import { AT_FDCWD, close, O } from './file-descriptor.ts';
import { call, callOnPath } from './syscall.ts';

const OPEN_TREE_CLONE = 1;
const AT_EMPTY_PATH = 0x1000;
const MOUNT_ATTR_IDMAP = 0x100000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_GET_SECUREBITS = 27;
const PR_SET_SECUREBITS = 28;
const SECBIT_NO_SETUID_FIXUP = 4;

/**
 * Shows the tree at `source` also at `target`, where what belongs to an id of the user namespace belongs to what that id
 * is outside; what belongs to others belongs to nobody there.
 * @throws SyscallError EINVAL if the filesystem cannot do that
 */
export function mountMapped(source: string, target: string, userNamespace: number): void {
  const tree = callOnPath(source, 'open_tree', AT_FDCWD, source, OPEN_TREE_CLONE | O.CLOEXEC);
  try {
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
    const attributes = BigUint64Array.of(BigInt(MOUNT_ATTR_IDMAP), 0n, 0n, BigInt(userNamespace));
    const bytes = new Uint8Array(attributes.buffer);
    callOnPath(source, 'mount_setattr', tree, '', AT_EMPTY_PATH, bytes, bytes.length);
    callOnPath(target, 'move_mount', tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
  } finally {
    close(tree);
  }
}

/**
 * Runs `task` with all rights, but so that what it makes belongs to somebody else. Overlayfs keeps in mind who mounts it:
 * on mapped layers it could make nothing for this machine's root, whom they do not know.
 */
export function asOwner<Result>({ uid, gid }: { uid: number; gid: number }, task: () => Result): Result {
  const parentDeathSignal = new Int32Array(1);
  call('prctl', PR_GET_PDEATHSIG, parentDeathSignal, 0, 0, 0);
  const bits = call('prctl', PR_GET_SECUREBITS, 0, 0, 0, 0);
  // Else the capabilities that concern files would go with root's id.
  call('prctl', PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
  try {
    call('setfsgid', gid);
    call('setfsuid', uid);
    return task();
  } finally {
    call('setfsuid', 0);
    call('setfsgid', 0);
    // A change of the user clears it.
    call('prctl', PR_SET_PDEATHSIG, parentDeathSignal[0] ?? 0, 0, 0, 0);
    call('prctl', PR_SET_SECUREBITS, bits, 0, 0, 0);
  }
}
