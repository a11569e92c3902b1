import { posix } from 'node:path';
import { fetchPackages } from './debian/packages.ts';
import { unpackPackage } from './debian/unpack.ts';
import { file, put, type Tree } from './tree/tree.ts';

/** The time zones of the world, and the names that they had before. */
export const timeZonePackages = ['tzdata', 'tzdata-legacy'] as const;

const zoneinfo = 'usr/share/zoneinfo/';
/** The same zones once more, and files that are none. */
const notZones = /^(posix|right)\/|^(posixrules|localtime|Factory)$/;

/**
 * What the root filesystem gets for `timezone`: of every zone the rule that is in force now, without its past, which
 * would be fifty times as large. A line of the file is a rule and the zones that follow it, with blanks between them.
 */
export async function makeTimeZoneFiles(): Promise<Tree> {
  const packages = await fetchPackages(timeZonePackages);
  const trees = await Promise.all(packages.map(({ file: archive }) => unpackPackage(archive)));
  const files: Tree = new Map(trees.flatMap((tree) => [...tree]));
  const zones = new Map<string, string[]>();
  for (const path of files.keys()) {
    const name = path.startsWith(zoneinfo) ? path.slice(zoneinfo.length) : '';
    const rule = name === '' || notZones.test(name) ? undefined : ruleAt(files, path);
    if (rule !== undefined) zones.set(rule, [...(zones.get(rule) ?? []), name]);
  }
  if (zones.size === 0) throw new Error(`${timeZonePackages.join(', ')}: no time zones found`);
  const lines = [...zones].map(([rule, names]) => `${rule} ${names.sort().join(' ')}\n`);
  const tree: Tree = new Map();
  put(tree, 'usr/share/ros/time-zones', file(lines.sort().join('')));
  return tree;
}

/** The last line of a TZif file (RFC 8536, section 3.3), also behind links; undefined if it is none or has no rule. */
function ruleAt(files: Tree, path: string): string | undefined {
  const node = files.get(path);
  if (node?.type === 'link') return ruleAt(files, posix.join(posix.dirname(path), node.target));
  if (node?.type !== 'file' || node.content.toString('latin1', 0, 4) !== 'TZif') return undefined;
  return /\n([^\n]+)\n$/.exec(node.content.toString('latin1'))?.[1];
}
