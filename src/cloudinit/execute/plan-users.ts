/** `users` and `groups` of cloud-init: what becomes of the databases, homes and rights. */
import type { Config } from '../../config/schema.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  type Databases,
  groupId,
  homeOf,
  idsInUse,
  userIds,
  withGroup,
  withMember,
  withPasswordHash,
  withUser,
} from './user-database.ts';

export interface PlannedUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly hasHome: boolean;
  readonly keys: readonly string[];
}

export interface PlannedUsers {
  readonly databases: Databases;
  readonly users: readonly PlannedUser[];
  /** The text of a file in /etc/sudoers.d (sudoers(5)). */
  readonly sudoers: string;
  readonly problems: readonly string[];
}

/** What is asked of the machine. */
export interface UserFacts {
  /** Who owns a folder; undefined if there is none. */
  ownerOf(path: string): number | undefined;
  isProgram(path: string): boolean;
}

type UserEntry = NonNullable<Config['users']>[number];

/** Stands for the user that the OS has by itself. */
const DEFAULT_USER = 'default';
/** Above the OS's own people. */
const FIRST_ID = 1200;
const FIRST_SYSTEM_ID = 200;
const SHELL = '/bin/sh';
/** useradd(8) */
const NAME_FORM = /^[a-z_][a-z0-9_-]{0,31}$/;
/** What would break out of a field or a line. */
const UNSAFE = /[:\n\r\0]/;

/** Plans all groups and users; one that cannot be made gives a problem and leaves the others as they are. */
export function planUsers(
  { users, groups }: Pick<Config, 'users' | 'groups'>,
  before: Databases,
  facts: UserFacts,
): PlannedUsers {
  const plan = { databases: before, users: [] as PlannedUser[], sudoers: '', problems: [] as string[] };
  const attempt = (what: string, make: () => void) => {
    const { databases } = plan;
    try {
      make();
    } catch (error) {
      plan.databases = databases;
      plan.problems.push(`${what}: ${errorMessage(error)}`);
    }
  };
  for (const [name, members] of groupEntries(groups)) {
    attempt(`groups: ${name}`, () => {
      plan.databases = ensureGroup(plan.databases, name);
      for (const member of members) plan.databases = withMember(plan.databases, name, checkedName(member));
    });
  }
  for (const entry of users ?? []) {
    if (entry.name === DEFAULT_USER) continue;
    attempt(`users: ${entry.name ?? '(no name)'}`, () => {
      const { databases, user, rules, problems } = planUser(entry, plan.databases, facts);
      plan.databases = databases;
      plan.users.push(user);
      plan.sudoers += rules.map((rule) => `${user.name} ${rule}\n`).join('');
      plan.problems.push(...problems.map((problem) => `users: ${user.name}: ${problem}`));
    });
  }
  return plan;
}

/** `[name, {name: [members]}]`, or a map alone. */
function groupEntries(groups: Config['groups']): [name: string, members: readonly string[]][] {
  return (groups ?? []).flatMap((entry) =>
    typeof entry === 'string'
      ? [[entry, []]]
      : Object.entries(entry).map(([name, members]) => [name, members]),
  );
}

function planUser(entry: UserEntry, before: Databases, facts: UserFacts) {
  const name = checkedName(entry.name ?? '');
  const problems: string[] = [];
  let databases = before;
  if (userIds(databases, name) === undefined) {
    const home = checkedText('homedir', entry.homedir ?? `/home/${name}`);
    if (!home.startsWith('/')) throw new Error(`homedir: expected an absolute path, got "${home}"`);
    const id = entry.uid ?? freeId(databases, entry.system === true, facts.ownerOf(home));
    if (idsInUse(databases).has(id)) throw new Error(`uid: ${id} is somebody else's`);
    const primaryGroup = checkedName(entry.primary_group ?? name);
    databases = ensureGroup(databases, primaryGroup, id);
    const comment = checkedText('gecos', entry.gecos ?? '');
    const shell = checkedText('shell', entry.shell ?? SHELL);
    const isThere = facts.isProgram(shell);
    if (!isThere) problems.push(`shell: there is no ${shell} here; it is ${SHELL}`);
    const account = { name, id, primaryGroup, comment, home, shell: isThere ? shell : SHELL };
    databases = withUser(databases, account, groupId(databases, primaryGroup) ?? id);
  }
  for (const group of names(entry.groups)) {
    databases = withMember(ensureGroup(databases, group), group, name);
  }
  const hash = entry.hashed_passwd ?? entry.passwd;
  if (hash != null) {
    const isLocked = entry.lock_passwd ?? true;
    databases = withPasswordHash(databases, name, `${isLocked ? '!' : ''}${checkedText('passwd', hash)}`);
  }
  const ids = userIds(databases, name) ?? { uid: 0, gid: 0 };
  const user: PlannedUser = {
    name,
    ...ids,
    home: homeOf(databases, name) ?? '/',
    hasHome: entry.no_create_home !== true,
    keys: entry.ssh_authorized_keys ?? [],
  };
  return { databases, user, rules: sudoRules(entry.sudo), problems };
}

/** Who owned the home before gets his id back: homes outlive the console. */
function freeId(databases: Databases, isSystem: boolean, ownerOfHome: number | undefined): number {
  const taken = idsInUse(databases);
  if (ownerOfHome !== undefined && ownerOfHome !== 0 && !taken.has(ownerOfHome)) return ownerOfHome;
  let id = isSystem ? FIRST_SYSTEM_ID : FIRST_ID;
  while (taken.has(id)) id++;
  return id;
}

function ensureGroup(databases: Databases, name: string, wanted?: number): Databases {
  checkedName(name);
  if (groupId(databases, name) !== undefined) return databases;
  const taken = idsInUse(databases);
  const id = wanted !== undefined && !taken.has(wanted) ? wanted : freeId(databases, false, undefined);
  return withGroup(databases, name, id);
}

/** `sudo: ALL=(ALL) NOPASSWD:ALL`, a list of these, or `false`. */
function sudoRules(sudo: UserEntry['sudo']): string[] {
  if (sudo == null || sudo === 'false') return [];
  const rules = typeof sudo === 'string' ? [sudo] : [...sudo];
  for (const rule of rules) {
    if (/[\n\r\0]/.test(rule)) throw new Error('sudo: expected one line for each rule');
  }
  return rules;
}

/** A list, or names with commas between them. */
function names(groups: UserEntry['groups']): string[] {
  const list = typeof groups === 'string' ? groups.split(',') : (groups ?? []);
  return list.map((name) => checkedName(name.trim()));
}

function checkedName(name: string): string {
  if (NAME_FORM.test(name)) return name;
  throw new Error(`expected a name of small letters, digits, _ and -, got "${name}"`);
}

function checkedText(field: string, text: string): string {
  if (UNSAFE.test(text)) throw new Error(`${field}: expected a text without colons and line breaks`);
  return text;
}
