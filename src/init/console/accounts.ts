/** The people of the console: `rancher` and `docker`, who may do the same. */

import { withKeys } from '../../cloudinit/authorized-keys.ts';
import { makeOwnDirectory } from '../../cloudinit/execute/own-directory.ts';
import { changeOwner, makeDirectories, readTextIfExists, writeFileAtomic } from '../../linux/file.ts';

interface Account {
  readonly name: string;
  /** Of the user and of its group. */
  readonly id: number;
}

const ACCOUNTS: readonly Account[] = [
  { name: 'rancher', id: 1100 },
  { name: 'docker', id: 1101 },
];
/** The one that `rancher.password` is for, and that logs in by itself. */
export const MAIN_ACCOUNT = 'rancher';

/** Makes the home directories that are missing. */
export function makeHomes(): void {
  makeDirectories('/home');
  for (const { name, id } of ACCOUNTS) makeOwnDirectory(`/home/${name}`, 0o755, id, id);
}

/**
 * Lets the owners of these keys in by ssh.
 * @param disablesRoot whether they are not let in as `root`
 */
export function authorizeKeys(keys: readonly string[], disablesRoot: boolean): void {
  if (keys.length === 0) return;
  const homes = ACCOUNTS.map(({ name, id }) => ({ home: `/home/${name}`, id }));
  for (const { home, id } of disablesRoot ? homes : [...homes, { home: '/root', id: 0 }]) {
    const directory = `${home}/.ssh`;
    const file = `${directory}/authorized_keys`;
    makeOwnDirectory(directory, 0o700, id, id);
    writeFileAtomic(file, withKeys(readTextIfExists(file) ?? '', keys), 0o600);
    changeOwner(file, id, id);
  }
}

/** The lines of the keys that the main account is let in by. */
export function authorizedKeys(): string[] {
  return (readTextIfExists(`/home/${MAIN_ACCOUNT}/.ssh/authorized_keys`) ?? '').split('\n');
}

/** Sets the password of the main account. */
export async function setPassword(password: string): Promise<void> {
  const { setPasswordOf } = await import('../../cloudinit/execute/passwords.ts');
  await setPasswordOf({ user: MAIN_ACCOUNT, password, isHash: false });
}
