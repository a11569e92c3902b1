import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerDevices, parseDeviceRule } from './devices.ts';
import { withHostConfigDefaults } from './host-config-defaults.ts';
import { joinedContainer, namespaceOwners, specNamespaces } from './namespaces.ts';
import { checkResources, specResources } from './resources.ts';
import { specRlimits } from './rlimits.ts';
import { parseSecurityOptions } from './security-options.ts';
import { containerSysctls } from './sysctls.ts';

test('namespaces are own, the host’s or joined', () => {
  const own = namespaceOwners({});
  assert.deepEqual(specNamespaces(own, { network: '/run/netns/x' }), [
    { type: 'mount' },
    { type: 'network', path: '/run/netns/x' },
    { type: 'uts' },
    { type: 'pid' },
    { type: 'ipc' },
    { type: 'cgroup' },
  ]);
  const hosts = {
    NetworkMode: 'host',
    PidMode: 'host',
    IpcMode: 'host',
    UTSMode: 'host',
    CgroupnsMode: 'host',
  };
  assert.deepEqual(specNamespaces(namespaceOwners(hosts), {}), [{ type: 'mount' }]);
  const joined = namespaceOwners({
    NetworkMode: 'container:a',
    PidMode: 'container:a',
    IpcMode: 'container:a',
  });
  const paths = { network: '/proc/9/ns/net', pid: '/proc/9/ns/pid', ipc: '/proc/9/ns/ipc' };
  assert.deepEqual(specNamespaces(joined, paths).slice(1, 5), [
    { type: 'network', path: '/proc/9/ns/net' },
    { type: 'uts' },
    { type: 'pid', path: '/proc/9/ns/pid' },
    { type: 'ipc', path: '/proc/9/ns/ipc' },
  ]);
  assert.throws(() => specNamespaces(joined, {}), /no path of the network namespace to join/);
  assert.equal(joinedContainer('container:web'), 'web');
  assert.equal(joinedContainer('host'), undefined);
});

test('unknown namespace modes are refused', () => {
  assert.throws(() => namespaceOwners({ PidMode: 'x' }), { message: 'invalid PID mode: x' });
  assert.throws(() => namespaceOwners({ IpcMode: 'container:' }), {
    message: 'invalid IPC mode: container:',
  });
  assert.throws(() => namespaceOwners({ UTSMode: 'private' }), { message: 'invalid UTS mode: private' });
  assert.throws(() => namespaceOwners({ CgroupnsMode: 'x' }), {
    message: 'invalid cgroup namespace mode: x',
  });
  assert.throws(() => namespaceOwners({ NetworkMode: 'container:' }), /invalid container format/);
});

test('a user namespace comes before the namespaces that belong to it', () => {
  const namespaces = specNamespaces(namespaceOwners({ PidMode: 'host' }), { user: '/proc/1/fd/9' });
  assert.deepEqual(namespaces.slice(0, 3), [
    { type: 'mount' },
    { type: 'user', path: '/proc/1/fd/9' },
    { type: 'network' },
  ]);
});

test('sysctls stay within the namespaces of the container', () => {
  const own = namespaceOwners({});
  const sysctls = { 'net.core.somaxconn': '9', 'net/ipv4/conf/eth0.1/forwarding': '1', 'kernel.shmmax': '1' };
  assert.deepEqual(containerSysctls(sysctls, own), {
    'net.ipv4.ip_unprivileged_port_start': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
    ...sysctls,
  });
  const withOwnUsers = containerSysctls(null, own, true);
  assert.deepEqual(withOwnUsers, { 'net.ipv4.ip_unprivileged_port_start': '0' });
  const override = { 'net.ipv4.ping_group_range': '1 0' };
  assert.equal(containerSysctls(override, own)['net.ipv4.ping_group_range'], '1 0');
  assert.deepEqual(containerSysctls(null, namespaceOwners({ NetworkMode: 'container:a' })), {});
  const shared = namespaceOwners({ NetworkMode: 'host', IpcMode: 'host', UTSMode: 'host' });
  const refuse = (name: string, owners: typeof own, message: string) =>
    assert.throws(() => containerSysctls({ [name]: '1' }, owners), { message });
  refuse('net.core.somaxconn', shared, 'sysctl "net.core.somaxconn" not allowed in host network namespace');
  refuse('kernel.sem', shared, 'sysctl "kernel.sem" is not allowed in the host\'s ipc namespace');
  refuse(
    'fs.mqueue.msg_max',
    shared,
    'sysctl "fs.mqueue.msg_max" is not allowed in the host\'s ipc namespace',
  );
  refuse(
    'kernel.domainname',
    shared,
    'sysctl "kernel.domainname" is not allowed in the host\'s uts namespace',
  );
  refuse('kernel.hostname', own, 'sysctl "kernel.hostname" conflicts with the hostname of the container');
  refuse('vm.swappiness', own, 'sysctl "vm.swappiness" is not in a separate kernel namespace');
});

test('ulimits are checked', () => {
  assert.deepEqual(specRlimits([{ Name: 'nofile', Soft: 100, Hard: -1 }]), [
    { type: 'RLIMIT_NOFILE', soft: 100n, hard: 18446744073709551615n },
  ]);
  assert.throws(() => specRlimits([{ Name: 'files', Soft: 1, Hard: 1 }]), {
    message: 'invalid ulimit type: files',
  });
  assert.throws(
    () => specRlimits([{ Name: 'core', Soft: -1, Hard: 1 }]),
    /soft limit must be less than .*: -1 > 1/,
  );
});

test('security options are read', () => {
  const plain = { noNewPrivileges: false, seccomp: 'default', writableCgroups: false };
  assert.deepEqual(parseSecurityOptions(null), plain);
  assert.deepEqual(
    parseSecurityOptions(['label=disable', 'apparmor:x', 'disable', 'seccomp=builtin']),
    plain,
  );
  assert.deepEqual(
    parseSecurityOptions(['no-new-privileges:true', 'seccomp=unconfined', 'writable-cgroups=true']),
    {
      noNewPrivileges: true,
      seccomp: 'unconfined',
      writableCgroups: true,
    },
  );
  assert.throws(() => parseSecurityOptions(['x']), { message: 'invalid --security-opt 1: "x"' });
  assert.throws(() => parseSecurityOptions(['x=y']), { message: 'invalid --security-opt 2: "x=y"' });
  assert.throws(() => parseSecurityOptions(['no-new-privileges=maybe']), /invalid --security-opt 2/);
  assert.throws(() => parseSecurityOptions(['seccomp=/no/json']), /seccomp profile: not valid JSON/);
});

test('devices are granted with their rules', () => {
  const device = {
    path: '/dev/kvm',
    type: 'c',
    major: 10,
    minor: 232,
    fileMode: 0o666,
    uid: 0,
    gid: 0,
  } as const;
  const { devices, rules } = containerDevices(
    { DeviceCgroupRules: ['b 8:* r'] },
    [{ ...device, access: '' }],
    [],
  );
  assert.deepEqual(devices, [device]);
  assert.deepEqual(rules.slice(-2), [
    { allow: true, type: 'c', major: 10, minor: 232, access: 'rwm' },
    { allow: true, type: 'b', major: 8, minor: -1, access: 'r' },
  ]);
  assert.deepEqual(rules[0], { allow: false, access: 'rwm' });
  const renamed = { ...device, path: '/dev/machine', access: 'r' };
  const privileged = containerDevices({ Privileged: true }, [renamed, { ...device, access: 'r' }], [device]);
  assert.deepEqual(
    privileged.devices.map(({ path }) => path),
    ['/dev/kvm', '/dev/machine'],
  );
  assert.deepEqual(privileged.rules, [{ allow: true, access: 'rwm' }]);
});

test('device rules are parsed', () => {
  assert.deepEqual(parseDeviceRule('a'), { allow: true, type: 'a', major: -1, minor: -1, access: 'rwm' });
  assert.deepEqual(parseDeviceRule('c 13:64 rw'), {
    allow: true,
    type: 'c',
    major: 13,
    minor: 64,
    access: 'rw',
  });
  for (const rule of ['', 'd 1:2 r', 'c 1 r', 'c 1:2', 'c 1:2 x', 'c 1:2 rwmr', 'c  1:2 r']) {
    assert.throws(() => parseDeviceRule(rule), { message: `invalid device cgroup rule format: '${rule}'` });
  }
});

const machine = { cpuCount: 2, cpus: '0-1', memoryNodes: '0' };
const MIB = 1024 * 1024;

test('limits become those of the runtime', () => {
  const resources = specResources(
    {
      Memory: 64 * MIB,
      NanoCpus: 1_500_000_000,
      PidsLimit: 0,
      BlkioWeight: 300,
      CpusetMems: '0',
      MemorySwap: -1,
    },
    [],
    new Map(),
  );
  assert.deepEqual(resources, {
    devices: [],
    memory: { limit: 64 * MIB },
    cpu: { quota: 150_000, period: 100_000, mems: '0' },
    blockIO: { weight: 300 },
  });
  assert.deepEqual(specResources({ Memory: 64 * MIB }, [], new Map()).memory, {
    limit: 64 * MIB,
    swap: 128 * MIB,
  });
  assert.deepEqual(specResources({}, [], new Map()), { devices: [] });
  const throttled = { BlkioDeviceWriteIOps: [{ Path: '/dev/vdb', Rate: 5 }] };
  assert.deepEqual(specResources(throttled, [], new Map([['/dev/vdb', { major: 254, minor: 16 }]])).blockIO, {
    throttleWriteIOPSDevice: [{ major: 254, minor: 16, rate: 5 }],
  });
  assert.throws(() => specResources(throttled, [], new Map()), {
    message: 'stat /dev/vdb: no such file or directory',
  });
});

test('impossible limits are refused and obsolete ones warned of', () => {
  const refused: [object, RegExp][] = [
    [{ Memory: 1 }, /Minimum memory limit allowed is 6MB/],
    [{ Memory: 9 * MIB, MemorySwap: 8 * MIB }, /Minimum memoryswap limit should be larger than memory limit/],
    [{ MemorySwap: 9 * MIB }, /always set the Memory limit when using Memoryswap/],
    [{ MemoryReservation: 1 }, /Minimum memory reservation allowed is 6MB/],
    [{ Memory: 8 * MIB, MemoryReservation: 9 * MIB }, /can not be less than memory reservation/],
    [{ NanoCpus: 1, CpuPeriod: 1000 }, /Nano CPUs and CPU Period/],
    [{ NanoCpus: 1, CpuQuota: 1000 }, /Nano CPUs and CPU Quota/],
    [{ NanoCpus: 3e9 }, /Range of CPUs is from 0\.01 to 2\.00, as there are only 2 CPUs available/],
    [{ CpuPeriod: 1 }, /CPU cfs period/],
    [{ CpuQuota: 1 }, /CPU cfs quota/],
    [{ CpuShares: -1 }, /shares: invalid argument/],
    [{ CpusetCpus: '0-2' }, /Requested CPUs are not available - requested 0-2, available: 0-1/],
    [{ CpusetCpus: '1-' }, /Invalid value 1- for cpuset cpus/],
    [{ CpusetMems: '1' }, /Requested memory nodes are not available/],
    [{ BlkioWeight: 9 }, /Range of blkio weight/],
    [{ OomScoreAdj: 1001 }, /Invalid value 1001, range for oom score adj/],
    [{ ShmSize: -1 }, /SHM size/],
    [{ IOMaximumIOps: 1 }, /Invalid QoS settings/],
  ];
  for (const [request, message] of refused) assert.throws(() => checkResources(request, machine), message);
  assert.deepEqual(checkResources({ Memory: 6 * MIB, CpusetCpus: '0,1', NanoCpus: 2e9 }, machine), []);
  assert.equal(
    checkResources({ OomKillDisable: true, MemorySwappiness: 5, CpuPercent: 1 }, machine).length,
    3,
  );
});

test('a HostConfig is completed as Docker shows it', () => {
  const path = join(import.meta.dirname, 'testdata', 'docker-inspect-def.json');
  const { HostConfig: shown } = JSON.parse(readFileSync(path, 'utf8'));
  const completed = withHostConfigDefaults({ NetworkMode: 'default', LogConfig: { Type: '' } });
  // The golden container ran on cgroup v1, where namespaces of cgroups are the host's.
  assert.equal(completed.CgroupnsMode, 'private');
  for (const key of Object.keys(completed).filter(
    (name) => name !== 'CgroupnsMode' && name !== 'OomKillDisable',
  )) {
    assert.deepEqual(completed[key as keyof typeof completed], shown[key], key);
  }
  assert.equal(withHostConfigDefaults({ Memory: 7 }).MemorySwap, 14);
  assert.deepEqual(withHostConfigDefaults(completed), completed);
  const privileged = withHostConfigDefaults({ Privileged: true, PidsLimit: -1, NetworkMode: 'host' });
  assert.deepEqual(
    [privileged.MaskedPaths, privileged.PidsLimit, privileged.NetworkMode],
    [null, null, 'host'],
  );
});
