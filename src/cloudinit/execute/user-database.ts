/** Users and groups as text: passwd(5), group(5), shadow(5). Pure functions; names and fields are checked by their caller. */

export interface Databases {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
}

export interface Account {
  readonly name: string;
  readonly id: number;
  readonly primaryGroup: string;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** Never a password: nobody logs in with it. */
export const NO_PASSWORD = '*';

/** The first field of a line that begins with a name is the name. */
function line(text: string, name: string): string[] | undefined {
  return text
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`))
    ?.split(':');
}

/** The ids of a user; undefined if there is no such user. */
export function userIds({ passwd }: Databases, name: string): { uid: number; gid: number } | undefined {
  const fields = line(passwd, name);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

export function homeOf({ passwd }: Databases, name: string): string | undefined {
  return line(passwd, name)?.[5];
}

export function groupId({ group }: Databases, name: string): number | undefined {
  const fields = line(group, name);
  return fields && Number(fields[2]);
}

/** Every id that a user or a group has. */
export function idsInUse({ passwd, group }: Databases): Set<number> {
  const lines = [...passwd.split('\n'), ...group.split('\n')].filter((text) => text !== '');
  return new Set(lines.map((text) => Number(text.split(':')[2])));
}

/** With a group more. */
export function withGroup(databases: Databases, name: string, id: number): Databases {
  return { ...databases, group: `${databases.group}${name}:x:${id}:\n` };
}

/** With a member more in a group that is there. */
export function withMember(databases: Databases, group: string, member: string): Databases {
  return {
    ...databases,
    group: changeLine(databases.group, group, ([name = '', password = '', id = '', members = '']) => {
      const names = members.split(',').filter((one) => one !== '');
      return [name, password, id, [...names.filter((one) => one !== member), member].join(',')];
    }),
  };
}

/** With a user more, who has no password. */
export function withUser(databases: Databases, account: Account, gid: number): Databases {
  const { name, id, comment, home, shell } = account;
  return {
    ...databases,
    passwd: `${databases.passwd}${[name, 'x', id, gid, comment, home, shell].join(':')}\n`,
    shadow: `${databases.shadow}${name}:${NO_PASSWORD}::0:99999:7:::\n`,
  };
}

/** With the hash of a password, as crypt(5) makes it. It does not age, so that nobody is asked for a new one. */
export function withPasswordHash(databases: Databases, user: string, hash: string): Databases {
  return {
    ...databases,
    shadow: changeLine(databases.shadow, user, ([name = '', , , ...rest]) => [name, hash, '', ...rest]),
  };
}

function changeLine(text: string, name: string, change: (fields: string[]) => string[]): string {
  return text
    .split('\n')
    .map((each) => (each.startsWith(`${name}:`) ? change(each.split(':')).join(':') : each))
    .join('\n');
}
