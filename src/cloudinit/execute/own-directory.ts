import { changeMode, changeOwner, exists, makeDirectories } from '../../linux/file.ts';

/** Makes a directory that belongs to somebody; one that is there stays as it is. */
export function makeOwnDirectory(path: string, mode: number, uid: number, gid: number): void {
  if (exists(path)) return;
  makeDirectories(path);
  changeMode(path, mode);
  changeOwner(path, uid, gid);
}
