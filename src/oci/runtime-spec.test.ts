import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LINUX_CAPABILITIES } from './capabilities.ts';
import {
  type ContainerConfig,
  type HostConfig,
  parseContainerConfig,
  parseHostConfig,
} from './container-config.ts';
import { execProcess } from './container-process.ts';
import { dockerSeccompProfile } from './docker-seccomp.ts';
import { type ContainerFacts, formatRuntimeSpec, type HostFacts, runtimeSpec } from './runtime-spec.ts';
import type { RuntimeSpec, SpecDeviceRule, SpecMount, SpecSyscallRule } from './runtime-spec-types.ts';
import { parseSeccompProfile } from './seccomp.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');

/** The runtime specification as dockerd wrote it; more fields than ours. */
type Golden = RuntimeSpec & { linux: { devices?: { path: string }[] } };

const golden = (name: string): Golden => JSON.parse(read(`docker-spec-${name}.json`));

const privileged = golden('prv');
const host: HostFacts = {
  architecture: 'amd64',
  kernelRelease: '6.18.44-fc-v669',
  capabilities: privileged.process.capabilities.bounding,
  devices: privileged.linux.devices ?? [],
  seccompProfile: dockerSeccompProfile(parseSeccompProfile(read('containers-common-seccomp.json'))),
  initPath: '/usr/bin/docker-init',
};

const facts: ContainerFacts = {
  rootfs: '/merged',
  user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
  binds: [],
  namespacePaths: {},
  cgroupsPath: '/docker/id',
  devices: [],
  blockDevices: new Map(),
};

/** What the engine would have found out about the container behind a golden file. */
function factsOf(name: string, spec: RuntimeSpec): ContainerFacts {
  const files = spec.mounts.filter(({ destination }) => destination.startsWith('/etc/'));
  const binds = files.map(({ source, destination }) => ({
    source,
    destination,
    propagation: 'rprivate' as const,
  }));
  const found = { ...facts, rootfs: spec.root.path, cgroupsPath: spec.linux.cgroupsPath, binds };
  if (name !== 'lim') return found;
  const fuse = {
    path: '/dev/fuse',
    type: 'c',
    major: 10,
    minor: 229,
    fileMode: 0o600,
    uid: 0,
    gid: 0,
  } as const;
  return {
    ...found,
    user: { uid: 0, gid: 0, additionalGids: [0, 5], home: '/root' },
    binds: [{ source: '/var/lib/docker/volumes/vol1/_data', destination: '/data' }, ...binds],
    devices: [{ ...fuse, access: 'rwm' }],
    blockDevices: new Map([['/dev/vda', { major: 254, minor: 0 }]]),
  };
}

/** dockerd lists its default device rules twice; the second time changes nothing. */
function withoutRepeats(rules: readonly SpecDeviceRule[]): SpecDeviceRule[] {
  const seen = new Set<string>();
  return rules.filter((rule) => {
    const key = JSON.stringify(rule);
    return !seen.has(key) && seen.add(key);
  });
}

/** After "allow all", earlier rules have no effect; ours are not written at all. */
function effectiveRules(rules: readonly SpecDeviceRule[]): SpecDeviceRule[] {
  const last = rules.findLastIndex((rule) => rule.allow && rule.type === undefined);
  return withoutRepeats(rules.slice(Math.max(last, 0)));
}

/** What every call may do, whatever rule says it. */
function byCall(rules: readonly SpecSyscallRule[]): Map<string, string[]> {
  const calls = new Map<string, string[]>();
  for (const { names, ...rest } of rules) {
    for (const name of names) calls.set(name, [...(calls.get(name) ?? []), JSON.stringify(rest)].sort());
  }
  return new Map([...calls].sort());
}

/** Mounts of the same depth may come in any order. */
function byDestination(mounts: readonly SpecMount[]): SpecMount[] {
  return mounts.toSorted((a, b) => a.destination.localeCompare(b.destination));
}

/**
 * A specification without the differences between dockerd on cgroup v1 and this engine on v2:
 * the cgroup namespace, `memory.disableOOMKiller`, empty `blockIO`, and how rules are grouped and repeated.
 */
function normalised(spec: RuntimeSpec): object {
  const { resources, seccomp, namespaces, ...linux } = spec.linux;
  const { disableOOMKiller: _, ...memory }: Record<string, unknown> = { ...resources.memory };
  return {
    ...spec,
    mounts: byDestination(spec.mounts),
    linux: {
      ...linux,
      namespaces: namespaces.filter(({ type }) => type !== 'cgroup'),
      seccomp: seccomp && { ...seccomp, syscalls: byCall(seccomp.syscalls) },
      resources: {
        ...resources,
        memory,
        blockIO: { ...resources.blockIO },
        devices: effectiveRules(resources.devices),
      },
    },
  };
}

for (const name of ['def', 'prv', 'lim', 'hst']) {
  test(`a container gets the specification that dockerd gives it: ${name}`, () => {
    const expected = golden(name);
    const { Config, HostConfig: requested } = JSON.parse(read(`docker-inspect-${name}.json`));
    const config = parseContainerConfig(Config);
    const spec = runtimeSpec(config, parseHostConfig(requested), factsOf(name, expected), host);
    const actual: RuntimeSpec = JSON.parse(formatRuntimeSpec(spec));
    assert.deepEqual(normalised(actual), normalised(expected));
  });
}

function spec(
  hostConfig: HostConfig,
  config: ContainerConfig = {},
  more: Partial<ContainerFacts> = {},
): RuntimeSpec {
  return runtimeSpec({ Cmd: ['true'], Hostname: 'box', ...config }, hostConfig, { ...facts, ...more }, host);
}

test('an unlimited ulimit is written as the unsigned 64-bit number that it is', () => {
  const text = formatRuntimeSpec(spec({ Ulimits: [{ Name: 'memlock', Soft: -1, Hard: -1 }] }));
  assert.ok(
    text.includes('{"type":"RLIMIT_MEMLOCK","soft":18446744073709551615,"hard":18446744073709551615}'),
  );
});

test('strings with a NUL are refused wherever they stand', () => {
  const refuse = (made: RuntimeSpec) => assert.throws(() => formatRuntimeSpec(made), /contains a NUL byte/);
  refuse(spec({}, { Cmd: ['a\u0000b'] }));
  refuse(spec({}, { Env: ['A="\u00001'] }));
  refuse(spec({ Annotations: { '\u00001': 'x' } }));
});

test('a read-only root, no secrets and no masks are written when asked for', () => {
  const made = spec({
    ReadonlyRootfs: true,
    MaskedPaths: [],
    ReadonlyPaths: [],
    SecurityOpt: ['seccomp=unconfined'],
  });
  assert.deepEqual(made.root, { path: '/merged', readonly: true });
  assert.deepEqual(
    [made.linux.maskedPaths, made.linux.readonlyPaths, made.linux.seccomp],
    [[], [], undefined],
  );
});

test('a privileged container is confined by seccomp only if it names a profile', () => {
  const own = 'seccomp={"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}';
  assert.equal(spec({ Privileged: true }).linux.seccomp, undefined);
  assert.equal(spec({ Privileged: true, SecurityOpt: [own] }).linux.seccomp?.defaultAction, 'SCMP_ACT_ALLOW');
});

test('an init is put before the command in an own pid namespace only', () => {
  assert.deepEqual(spec({ Init: true }).process.args, ['/sbin/docker-init', '--', 'true']);
  assert.deepEqual(spec({ Init: true, PidMode: 'host' }).process.args, ['true']);
});

test('host name and domain are of the container’s own uts namespace', () => {
  const names = { Hostname: 'box', Domainname: 'example.org' };
  assert.deepEqual([spec({}, names).hostname, spec({}, names).domainname], ['box', 'example.org']);
  const shared = spec({ UTSMode: 'host' }, names);
  assert.deepEqual([shared.hostname, shared.domainname], [undefined, undefined]);
  assert.ok(shared.process.env.includes('HOSTNAME=box'));
});

test('bad requests are refused in Docker’s words', () => {
  assert.throws(() => spec({}, { Cmd: [] }), { message: 'no command specified' });
  assert.throws(() => spec({}, { WorkingDir: 'tmp' }), {
    message: "the working directory 'tmp' is invalid, it needs to be an absolute path",
  });
});

test('exec runs as the container does, except for what it asks', () => {
  const first = spec(
    { Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }], ConsoleSize: [24, 80] },
    { Tty: true },
  ).process;
  assert.deepEqual(first.consoleSize, { height: 24, width: 80 });
  const user = { uid: 5, gid: 6, additionalGids: [6], home: undefined };
  const plain = execProcess(first, { args: ['ls'], env: ['A=b'], user, tty: false });
  assert.deepEqual(plain, {
    user: { uid: 5, gid: 6, additionalGids: [6] },
    args: ['ls'],
    env: ['A=b'],
    cwd: '/',
    capabilities: first.capabilities,
    rlimits: first.rlimits,
    oomScoreAdj: 0,
  });
  const all = {
    tty: true,
    workingDir: '/tmp',
    consoleSize: [1, 2],
    allCapabilities: LINUX_CAPABILITIES,
  } as const;
  const full = execProcess(first, { args: ['sh'], env: [], user, ...all });
  assert.equal(full.capabilities.bounding.length, 41);
  assert.deepEqual([full.terminal, full.cwd, full.consoleSize], [true, '/tmp', { height: 1, width: 2 }]);
  assert.throws(
    () => execProcess(first, { args: [], env: [], user, tty: false, workingDir: 'x' }),
    /absolute path/,
  );
});
