/**
 * Which ids of the machine the users of containers are: `--userns-remap` against `/etc/subuid` and `/etc/subgid`
 * (subuid(5), subgid(5)), as Docker reads them. Pure functions.
 */
import type { IdMappings, IdRange } from '../../linux/user-namespace.ts';
import { FormatError } from '../../oci/errors.ts';
import { databaseFields } from '../../oci/user.ts';

/** The texts of files in `/etc`; empty if there is no such file. */
export interface IdFiles {
  readonly passwd: string;
  readonly group: string;
  readonly subuid: string;
  readonly subgid: string;
}

interface SubordinateRange {
  /** A name or a number. */
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

/** Whom `default` means. */
const DEFAULT_USER = 'dockremap';
/** What they have if the files give them nothing: the first range that useradd(8) gives away. */
const DEFAULT_RANGE = { first: 100_000, count: 65_536 } as const;
/** Ids are 32 bits; the last one means none. */
const END_OF_IDS = 2 ** 32 - 1;
/** What the kernel takes since Linux 4.15. */
const MOST_RANGES = 340;

/**
 * @param remap `default`, `user[:group]` or `uid[:gid]`
 * @returns undefined for root, who cannot be remapped with itself
 * @throws FormatError if there is no such user or group, or it has no ranges
 */
export function idMappingsOf(remap: string, files: IdFiles): IdMappings | undefined {
  const [user = '', group, ...rest] = remap.split(':');
  if (user === '' || group === '' || rest.length > 0) {
    throw new FormatError(`Invalid User/Group specification in userns-remap: "${remap}"`);
  }
  if (group !== undefined) namesOf(group, files.group, 'gid');
  const names = user === 'default' ? [DEFAULT_USER] : namesOf(user, files.passwd, 'uid');
  if (names.includes('root')) return undefined;
  return {
    users: rangesOf(names, files.subuid, 'subuid'),
    groups: rangesOf(names, files.subgid, 'subgid'),
  };
}

/** The name and the number of an entry of passwd or group. */
function namesOf(nameOrId: string, database: string, kind: 'uid' | 'gid'): string[] {
  for (const [name = '', , id = ''] of databaseFields(database)) {
    if (name === nameOrId || id === nameOrId) return [name, id];
  }
  if (/^[0-9]+$/.test(nameOrId)) {
    const file = kind === 'uid' ? 'passwd' : 'group';
    throw new FormatError(`${kind === 'uid' ? 'Uid' : 'Gid'} ${nameOrId} has no entry in /etc/${file}`);
  }
  throw new FormatError(`Error during ${kind} lookup for "${nameOrId}": no such entry`);
}

/** All ranges of a user, one behind the other from 0 in containers. */
function rangesOf(owners: readonly string[], text: string, file: 'subuid' | 'subgid'): IdRange[] {
  const all = parseRanges(text, file);
  const own = all.filter(({ owner }) => owners.includes(owner));
  if (own.length === 0 && owners.includes(DEFAULT_USER)) own.push(defaultRange(all, file));
  if (own.length === 0) {
    throw new FormatError(`Can't create ID mappings: no ${file} ranges found for user "${owners[0]}"`);
  }
  if (own.length > MOST_RANGES) {
    throw new FormatError(`Can't create ID mappings: /etc/${file} has more than ${MOST_RANGES} ranges`);
  }
  let inside = 0;
  return own.map(({ first, count }) => {
    const range = { inside, outside: first, count };
    inside += count;
    return range;
  });
}

function defaultRange(all: readonly SubordinateRange[], file: string): SubordinateRange {
  const end = DEFAULT_RANGE.first + DEFAULT_RANGE.count;
  const other = all.find(({ first, count }) => first < end && first + count > DEFAULT_RANGE.first);
  if (other !== undefined) {
    throw new FormatError(
      `Can't create ID mappings: /etc/${file} has no range for ${DEFAULT_USER}, and what it gets else belongs to ${other.owner}`,
    );
  }
  return { owner: DEFAULT_USER, ...DEFAULT_RANGE };
}

/** Lines `owner:first:count`. */
function parseRanges(text: string, file: string): SubordinateRange[] {
  return databaseFields(text).map((fields) => {
    const [owner = '', first = '', count = ''] = fields;
    const range = { owner, first: Number(first), count: Number(count) };
    const isValid = fields.length === 3 && [first, count].every((number) => /^[0-9]{1,10}$/.test(number));
    if (!isValid || range.count === 0 || range.first + range.count > END_OF_IDS) {
      throw new FormatError(`cannot parse subuid/gid: /etc/${file} has a line "${fields.join(':')}"`);
    }
    return range;
  });
}
