/** Makes the users and groups of the configuration where the console is. */
import type { Config } from '../../config/schema.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { changeOwner, exists, readTextIfExists, removeIfExists, writeFileAtomic } from '../../linux/file.ts';
import { lstatIfExists } from '../../linux/file-status.ts';
import { withKeys } from '../authorized-keys.ts';
import { makeOwnDirectory } from './own-directory.ts';
import { hashPassword } from './password-hash.ts';
import { type PlannedUser, planUsers } from './plan-users.ts';
import { SHADOW, writeShadow } from './shadow-file.ts';

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
/** As cloud-init calls it. */
const SUDOERS = '/etc/sudoers.d/90-cloud-init-users';

/** Returns a line for each thing that could not be done. Users that are there already get keys, groups and rights. */
export async function makeUsers(config: Pick<Config, 'users' | 'groups'>): Promise<string[]> {
  if ((config.users ?? []).length + (config.groups ?? []).length === 0) return [];
  const users = await Promise.all((config.users ?? []).map(withHashedPassword));
  const databases = {
    passwd: readTextIfExists(PASSWD) ?? '',
    group: readTextIfExists(GROUP) ?? '',
    shadow: readTextIfExists(SHADOW) ?? '',
  };
  const plan = planUsers({ users, groups: config.groups }, databases, {
    ownerOf: (path) => lstatIfExists(path)?.uid,
    isProgram: exists,
  });
  // Whoever is named in passwd must have a line in shadow, and a group.
  writeShadow(plan.databases.shadow);
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

type UserEntry = NonNullable<Config['users']>[number];

async function withHashedPassword(user: UserEntry): Promise<UserEntry> {
  const { plain_text_passwd: plain } = user;
  return plain ? { ...user, hashed_passwd: await hashPassword(plain) } : user;
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
