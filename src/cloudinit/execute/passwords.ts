/** `password` and `chpasswd` of cloud-init. */
import type { Config } from '../../config/schema.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { readText } from '../../linux/file.ts';
import { hashPassword, isPasswordHash } from './password-hash.ts';
import { SHADOW, writeShadow } from './shadow-file.ts';
import { type Databases, userIds, withPasswordHash } from './user-database.ts';

/** Whom `password` is for. */
const MAIN_USER = 'rancher';

/** A password that somebody shall have. */
export interface PlannedPassword {
  readonly user: string;
  readonly password: string;
  readonly isHash: boolean;
}

/** Who shall have which password, later ones over earlier ones, and a line for each entry that cannot be used. */
export function planPasswords({ password, chpasswd }: Pick<Config, 'password' | 'chpasswd'>): {
  passwords: PlannedPassword[];
  problems: string[];
} {
  const passwords: PlannedPassword[] = [];
  const problems: string[] = [];
  const add = (key: string, user: string, text: string, isHash: boolean) => {
    if (user === '' || text === '') problems.push(`${key}: expected a name and a password`);
    else if (isHash && !isPasswordHash(text)) problems.push(`${key}: ${user}: it is no hash; type: text?`);
    else passwords.push({ user, password: text, isHash });
  };
  if (password) add('password', MAIN_USER, password, isPasswordHash(password));
  const list = chpasswd?.list ?? [];
  for (const line of typeof list === 'string' ? list.split('\n') : list) {
    if (line.trim() === '') continue;
    const [user = '', ...rest] = line.trim().split(':');
    const text = rest.join(':');
    if (/^(R|RANDOM)$/.test(text)) problems.push(noRandom('list', user));
    else add('chpasswd.list', user, text, isPasswordHash(text));
  }
  for (const { name, password: text, type } of chpasswd?.users ?? []) {
    if (type === 'RANDOM') problems.push(noRandom('users', name ?? ''));
    else if (type != null && type !== 'hash' && type !== 'text')
      problems.push(`chpasswd.users: ${name ?? ''}: type: expected hash or text, got "${type}"`);
    else add('chpasswd.users', name ?? '', text ?? '', type !== 'text');
  }
  return { passwords, problems };
}

function noRandom(key: string, user: string): string {
  return `chpasswd.${key}: ${user}: a random password would stand in the log, and is not made`;
}

/** Sets the passwords of users that are there. Returns a line for each that cannot be set. */
export async function setPasswords(config: Pick<Config, 'password' | 'chpasswd'>): Promise<string[]> {
  const { passwords, problems } = planPasswords(config);
  for (const planned of passwords) {
    try {
      await setPasswordOf(planned);
    } catch (error) {
      problems.push(`password of ${planned.user}: ${errorMessage(error)}`);
    }
  }
  return problems;
}

/** Gives one user a password. Throws an Error if there is no such user. */
export async function setPasswordOf({ user, password, isHash }: PlannedPassword): Promise<void> {
  const hash = isHash ? password : await hashPassword(password);
  const databases: Databases = { passwd: readText('/etc/passwd'), group: '', shadow: readText(SHADOW) };
  if (userIds(databases, user) === undefined) throw new Error('there is no such user');
  writeShadow(withPasswordHash(databases, user, hash).shadow);
}
