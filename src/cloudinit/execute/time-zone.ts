/** `timezone`: /etc/localtime and /etc/timezone of the console, from the table that the builder makes of Debian's tzdata. */
import { nearest } from '../../config/nearest.ts';
import { concatBytes, encodeUtf8 } from '../../linux/bytes.ts';
import { readText, removeIfExists, writeFileAtomic } from '../../linux/file.ts';
import { lstatIfExists } from '../../linux/file-status.ts';

/** A rule and the zones that follow it on each line. */
const TABLE = '/usr/share/ros/time-zones';
const LOCALTIME = '/etc/localtime';
const TIMEZONE = '/etc/timezone';

const HEADER_SIZE = 44;
/** Before anything that a clock may show, for a rule counts only behind a change of the time (-2^31, in 1901). */
const LONG_AGO = [0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0];
const SECONDS = { hour: 3600, minute: 60 } as const;

/** Makes a zone the console's; without one it has UTC. Throws an Error if there is no such zone. */
export function setTimeZone(zone: string | null | undefined): void {
  if (!zone) {
    if (lstatIfExists(TIMEZONE) === undefined) return;
    removeIfExists(TIMEZONE);
    removeIfExists(LOCALTIME);
    return;
  }
  writeFileAtomic(LOCALTIME, timeZoneFile(timeZoneRule(readText(TABLE), zone)));
  writeFileAtomic(TIMEZONE, `${zone}\n`);
}

/**
 * The rule of a zone in the form of the variable TZ (POSIX.1, "Other Environment Variables").
 * @throws Error with the nearest name if there is no such zone
 */
export function timeZoneRule(table: string, zone: string): string {
  const lines = table.split('\n').map((line) => line.split(' '));
  const rule = lines.find(([, ...zones]) => zones.includes(zone))?.[0];
  if (rule !== undefined) return rule;
  const guess = nearestZone(
    zone,
    lines.flatMap(([, ...zones]) => zones),
  );
  throw new Error(`timezone: there is no time zone ${zone}${guess ? `; did you mean ${guess}?` : ''}`);
}

/** People forget the continent, and capital letters. */
function nearestZone(zone: string, zones: readonly string[]): string | undefined {
  const wanted = zone.toLowerCase().replaceAll(' ', '_');
  const city = (name: string) => name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  return (
    zones.find((name) => name.toLowerCase() === wanted) ??
    zones.find((name) => name.includes('/') && city(name) === city(wanted)) ??
    nearest(zone, zones)
  );
}

/** A file with a rule and nothing else (TZif version 2: RFC 8536). */
export function timeZoneFile(rule: string): Uint8Array {
  const { name, offset } = standardTime(rule);
  const abbreviation = encodeUtf8(`${name}\0`);
  const type = new Uint8Array(6);
  new DataView(type.buffer).setInt32(0, offset);
  return concatBytes([
    header(0, abbreviation.length),
    type,
    abbreviation,
    header(1, abbreviation.length),
    new Uint8Array([...LONG_AGO, 0]),
    type,
    abbreviation,
    encodeUtf8(`\n${rule}\n`),
  ]);
}

/** Of one type of local time and so many changes to it. */
function header(changes: number, abbreviationLength: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  bytes.set(encodeUtf8('TZif2'));
  const view = new DataView(bytes.buffer);
  view.setUint32(32, changes);
  view.setUint32(36, 1);
  view.setUint32(40, abbreviationLength);
  return bytes;
}

/** The name of the standard time, and its seconds east of Greenwich; the rule has hours west of it. */
function standardTime(rule: string): { name: string; offset: number } {
  const match = /^(?:<([^>]+)>|([A-Za-z]+))([+-]?)(\d+)(?::(\d+))?(?::(\d+))?/.exec(rule);
  if (match === null) throw new Error(`timezone: malformed rule ${rule}`);
  const [, quoted, plain = '', sign, hours, minutes = 0, seconds = 0] = match;
  const west = Number(hours) * SECONDS.hour + Number(minutes) * SECONDS.minute + Number(seconds);
  return { name: quoted ?? plain, offset: sign === '-' ? west : -west };
}
