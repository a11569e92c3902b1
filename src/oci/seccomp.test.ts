import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_CAPABILITIES } from './capabilities.ts';
import { dockerSeccompProfile } from './docker-seccomp.ts';
import { isKernelAtLeast, parseSeccompProfile, resolveSeccompProfile } from './seccomp.ts';

const podman = readFileSync(join(import.meta.dirname, 'testdata', 'containers-common-seccomp.json'), 'utf8');
const docker = dockerSeccompProfile(parseSeccompProfile(podman));

/** How the call is treated: its rules without names, or nothing for the default. */
function ruling(call: string, ...added: string[]): object[] {
  const { syscalls } = resolveSeccompProfile(docker, {
    capabilities: [...DEFAULT_CAPABILITIES, ...added],
    architecture: 'amd64',
    kernelRelease: '6.12.0',
  });
  return syscalls.flatMap(({ names, ...rule }) => (names.includes(call) ? [rule] : []));
}

const ALLOWED = [{ action: 'SCMP_ACT_ALLOW' }];

test('Docker’s profile opens calls with the capability that they need', () => {
  const needs: [string, string][] = [
    ['mount', 'CAP_SYS_ADMIN'],
    ['clone3', 'CAP_SYS_ADMIN'],
    ['setns', 'CAP_SYS_ADMIN'],
    ['bpf', 'CAP_BPF'],
    ['perf_event_open', 'CAP_PERFMON'],
    ['syslog', 'CAP_SYSLOG'],
    ['reboot', 'CAP_SYS_BOOT'],
    ['init_module', 'CAP_SYS_MODULE'],
    ['mbind', 'CAP_SYS_NICE'],
    ['pidfd_getfd', 'CAP_SYS_PTRACE'],
    ['kcmp', 'CAP_SYS_PTRACE'],
    ['settimeofday', 'CAP_SYS_TIME'],
    ['iopl', 'CAP_SYS_RAWIO'],
    ['open_by_handle_at', 'CAP_DAC_READ_SEARCH'],
  ];
  for (const [call, capability] of needs) {
    assert.notDeepEqual(ruling(call), ALLOWED, call);
    assert.deepEqual(ruling(call, capability), ALLOWED, call);
  }
  assert.deepEqual(ruling('clone3'), [{ action: 'SCMP_ACT_ERRNO', errnoRet: 38 }]);
  assert.deepEqual(ruling('clone', 'CAP_SYS_ADMIN'), ALLOWED);
  for (const call of ['keyctl', 'io_uring_setup', 'pivot_root'])
    assert.deepEqual(ruling(call, 'CAP_SYS_ADMIN'), []);
});

test('architectures and kernel versions decide', () => {
  const source = parseSeccompProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      archMap: [{ architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] }],
      syscalls: [
        { name: 'ptrace', action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
        { names: ['old'], action: 'SCMP_ACT_ALLOW', excludes: { minKernel: '4.8' } },
        { names: ['arm'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['arm', 'arm64'] } },
        { names: ['both'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_BPF', 'CAP_PERFMON'] } },
      ],
    }),
  );
  const context = { architecture: 'arm64', capabilities: ['CAP_BPF'] } as const;
  const names = (kernelRelease: string) =>
    resolveSeccompProfile(source, { ...context, kernelRelease }).syscalls.flatMap((rule) => rule.names);
  assert.deepEqual(names('4.7.10'), ['old', 'arm']);
  assert.deepEqual(names('4.8-rc1'), ['ptrace', 'arm']);
  const resolved = resolveSeccompProfile(source, { ...context, kernelRelease: '6.12.0' });
  assert.deepEqual(resolved.architectures, ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  assert.ok(isKernelAtLeast('6.12.0-1-cloud-amd64', '6.12') && !isKernelAtLeast('6.2', '6.12'));
});

test('profiles that contradict themselves are refused', () => {
  const refuse = (profile: object, message: RegExp) =>
    assert.throws(() => parseSeccompProfile(JSON.stringify(profile)), message);
  refuse({}, /seccomp profile: defaultAction: expected "defaultAction"/);
  refuse(
    { defaultAction: 'A', architectures: ['x'], archMap: [{ architecture: 'x' }] },
    /use either 'architectures' or/,
  );
  refuse(
    { defaultAction: 'A', syscalls: [{ name: 'a', names: ['b'], action: 'A' }] },
    /use either 'name' or 'names'/,
  );
  refuse(
    { defaultAction: 'A', syscalls: [{ action: 'A', includes: { minKernel: '4' } }] },
    /expected a version such as/,
  );
});
