/**
 * Who a container's process is: Docker's `User` (`user`, `uid`, `user:group`, `uid:gid`, …) against the container's own
 * passwd and group files (passwd(5), group(5)), with the rules and error texts of github.com/moby/sys/user.
 */
import { FormatError } from './errors.ts';

/** A user as numbers. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The primary group first, then groups the user is a member of, then added ones. */
  readonly additionalGids: readonly number[];
  /** From passwd; undefined if the uid is not there. */
  readonly home: string | undefined;
}

/** The texts of `/etc/passwd` and `/etc/group`; empty if there is no such file. */
export interface UserDatabase {
  readonly passwd: string;
  readonly group: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly id: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly id: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 31 - 1;

/**
 * @param user Docker's `User`; empty means root
 * @param addedGroups `GroupAdd`: names or numbers
 * @throws FormatError if a name is not in the files or a number is out of range
 */
export function resolveUser(
  user: string,
  addedGroups: readonly string[],
  database: UserDatabase,
): ResolvedUser {
  const [userPart = '', groupPart = ''] = user.split(':', 2);
  const groups = parseGroup(database.group);
  const { name, uid, gid: ownGid, home } = findUser(userPart, parsePasswd(database.passwd));
  const gid = groupPart === '' ? ownGid : findGroup(groupPart, groups);
  const isMember = (entry: GroupEntry) => name !== undefined && entry.members.includes(name);
  const memberships = groupPart === '' ? groups.filter(isMember).map((entry) => entry.id) : [];
  const added = addedGroups.map((group) => findGroup(group, groups));
  return { uid, gid, additionalGids: [...new Set([gid, ...memberships, ...added])], home };
}

interface FoundUser {
  /** Undefined if only the number is known. */
  readonly name: string | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly home: string | undefined;
}

/** A number is taken as a uid even if a user has it for a name; its group and home come from its entry. */
function findUser(part: string, entries: readonly PasswdEntry[]): FoundUser {
  const wanted = part === '' ? '0' : part;
  const id = parseId(wanted);
  const entry = entries.find((candidate) =>
    id === undefined ? candidate.name === wanted : candidate.id === id,
  );
  if (entry !== undefined) return { name: entry.name, uid: entry.id, gid: entry.gid, home: entry.home };
  if (id === undefined) {
    throw new FormatError(`unable to find user ${part}: no matching entries in passwd file`);
  }
  return { name: undefined, uid: id, gid: 0, home: undefined };
}

function findGroup(part: string, entries: readonly GroupEntry[]): number {
  const id = parseId(part);
  if (id !== undefined) return id;
  const entry = entries.find((candidate) => candidate.name === part);
  if (entry === undefined) {
    throw new FormatError(`unable to find group ${part}: no matching entries in group file`);
  }
  return entry.id;
}

function parseId(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const id = Number(text);
  if (id < 0 || id > MAX_ID) throw new FormatError(`uids and gids must be in range 0-${MAX_ID}`);
  return id;
}

function parsePasswd(text: string): PasswdEntry[] {
  return databaseFields(text).map(([name = '', , id, gid, , home = '']) => ({
    name,
    id: toNumber(id),
    gid: toNumber(gid),
    home,
  }));
}

function parseGroup(text: string): GroupEntry[] {
  return databaseFields(text).map(([name = '', , id, members = '']) => ({
    name,
    id: toNumber(id),
    members: members.split(','),
  }));
}

/** The fields of each line of passwd, group and files like them. */
export function databaseFields(text: string): string[][] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':'));
}

/** As in Docker, what is no number counts as 0. */
function toNumber(text: string | undefined): number {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : 0;
}
