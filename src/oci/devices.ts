/** Devices of a container: nodes to create, and the rules of its devices cgroup. */
import type { HostConfig } from './container-config.ts';
import { FormatError } from './errors.ts';
import type { SpecDevice, SpecDeviceRule } from './runtime-spec-types.ts';

/** A device node of the host, found by the engine; `path` is where it shall be in the container. */
export type Device = SpecDevice;

/** A device that `--device` gives to a container. A directory on the host is several of them. */
export interface GrantedDevice extends Device {
  /** Letters of `rwm`. */
  readonly access: string;
}

const ALL_ACCESS = 'rwm';

/** zero, null, urandom, random, tty and console; the runtime adds full, ptmx and the ptys. */
const ALLOWED: readonly (readonly [major: number, minor: number])[] = [
  [1, 5],
  [1, 3],
  [1, 9],
  [1, 8],
  [5, 0],
  [5, 1],
];
const FUSE = [10, 229] as const;

/** What a container may use without being given more. */
function defaultRules(): SpecDeviceRule[] {
  const character = (allow: boolean, [major, minor]: readonly [number, number]): SpecDeviceRule => {
    return { allow, type: 'c', major, minor, access: ALL_ACCESS };
  };
  return [
    { allow: false, access: ALL_ACCESS },
    ...ALLOWED.map((numbers) => character(true, numbers)),
    character(false, FUSE),
  ];
}

/**
 * The device nodes and rules of a container. A privileged one has all of the host's, and rules in its request are
 * without effect.
 */
export function containerDevices(
  hostConfig: Pick<HostConfig, 'Privileged' | 'DeviceCgroupRules'>,
  granted: readonly GrantedDevice[],
  hostDevices: readonly Device[],
): { devices: Device[]; rules: SpecDeviceRule[] } {
  if (hostConfig.Privileged === true) {
    const present = new Set(hostDevices.map((device) => device.path));
    const added = granted.filter((device) => !present.has(device.path)).map(withoutAccess);
    return { devices: [...hostDevices, ...added], rules: [{ allow: true, access: ALL_ACCESS }] };
  }
  const grantedRules = granted.map(({ type, major, minor, access }) => {
    return { allow: true, type, major, minor, access: access || ALL_ACCESS };
  });
  const requested = (hostConfig.DeviceCgroupRules ?? []).map(parseDeviceRule);
  return { devices: granted.map(withoutAccess), rules: [...defaultRules(), ...grantedRules, ...requested] };
}

function withoutAccess({ access: _, ...device }: GrantedDevice): Device {
  return device;
}

/** Parses a rule of `--device-cgroup-rule`, such as `c 13:* rwm`, or `a` for everything. */
export function parseDeviceRule(rule: string): SpecDeviceRule {
  const full = rule === 'a' ? 'a *:* rwm' : rule;
  const [, type, major, minor, access] =
    /^([acb]) ([0-9]{1,10}|\*):([0-9]{1,10}|\*) ([rwm]{1,3})$/.exec(full) ?? [];
  if (access === undefined) throw new FormatError(`invalid device cgroup rule format: '${rule}'`);
  return {
    allow: true,
    type: type === 'a' || type === 'b' ? type : 'c',
    major: deviceNumber(major),
    minor: deviceNumber(minor),
    access,
  };
}

function deviceNumber(text: string | undefined): number {
  return text === '*' ? -1 : Number(text);
}
