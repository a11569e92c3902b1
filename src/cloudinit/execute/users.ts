/** Makes the users and groups of the configuration where the console is. */
import type { Config } from '../../config/schema.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  changeMode,
  changeOwner,
  exists,
  lstatIfExists,
  makeDirectories,
  readTextIfExists,
  removeIfExists,
  writeFileAtomic,
} from '../../linux/file.ts';
import { withKeys } from '../authorized-keys.ts';
import { type PlannedUser, planUsers } from './plan-users.ts';

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
const SHADOW = '/etc/shadow';
const SHADOW_GROUP = 42;
/** As cloud-init calls it. */
const SUDOERS = '/etc/sudoers.d/90-cloud-init-users';

/** Returns a line for each thing that could not be done. Users that are there already get keys, groups and rights. */
export function makeUsers(config: Pick<Config, 'users' | 'groups'>): string[] {
  if ((config.users ?? []).length + (config.groups ?? []).length === 0) return [];
  const databases = {
    passwd: readTextIfExists(PASSWD) ?? '',
    group: readTextIfExists(GROUP) ?? '',
    shadow: readTextIfExists(SHADOW) ?? '',
  };
  const plan = planUsers(config, databases, {
    ownerOf: (path) => lstatIfExists(path)?.uid,
    isProgram: exists,
  });
  // Whoever is named in passwd must have a line in shadow, and a group.
  writeFileAtomic(SHADOW, plan.databases.shadow, 0o640);
  changeOwner(SHADOW, 0, SHADOW_GROUP);
  writeFileAtomic(GROUP, plan.databases.group, 0o644);
  writeFileAtomic(PASSWD, plan.databases.passwd, 0o644);
  if (plan.sudoers === '') removeIfExists(SUDOERS);
  else writeFileAtomic(SUDOERS, plan.sudoers, 0o440);
  const problems = [...plan.problems];
  for (const user of plan.users) {
    try {
      makeHome(user);
    } catch (error) {
      problems.push(`users: ${user.name}: ${errorMessage(error)}`);
    }
  }
  return problems;
}

function makeHome({ home, hasHome, keys, uid, gid }: PlannedUser): void {
  if (hasHome) makeOwnDirectory(home, 0o755, uid, gid);
  if (keys.length === 0) return;
  const directory = `${home}/.ssh`;
  const file = `${directory}/authorized_keys`;
  makeOwnDirectory(directory, 0o700, uid, gid);
  writeFileAtomic(file, withKeys(readTextIfExists(file) ?? '', keys), 0o600);
  changeOwner(file, uid, gid);
}

function makeOwnDirectory(path: string, mode: number, uid: number, gid: number): void {
  if (exists(path)) return;
  makeDirectories(path);
  changeMode(path, mode);
  changeOwner(path, uid, gid);
}
