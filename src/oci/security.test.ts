/** Capabilities and permitted system calls of containers, beside those that dockerd gives them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseHostConfig } from './container-config.ts';
import { dockerSeccompProfile } from './docker-seccomp.ts';
import { runtimeSpec } from './runtime-spec.ts';
import type { SpecSeccomp } from './runtime-spec-types.ts';
import { parseSeccompProfile } from './seccomp.ts';

interface Captured {
  readonly run: string;
  readonly hostConfig: object;
  /** Bounding, effective and permitted ones; there are no others. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** What is different from the default run; null if all calls are permitted. */
  readonly calls: { more: string[]; fewer: string[]; clone: unknown[] } | null;
}

const read = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');
const captured: readonly Captured[] = JSON.parse(read('docker-security.json'));
const privileged = captured.find(({ run }) => run === 'privileged')?.capabilities ?? [];

function specOf(hostConfig: object) {
  const facts = {
    rootfs: '/merged',
    user: { uid: 0, gid: 0, additionalGids: [0], home: '/root' },
    binds: [],
    namespacePaths: {},
    cgroupsPath: '/docker/id',
    devices: [],
    blockDevices: new Map(),
  };
  return runtimeSpec({ Cmd: ['true'], Hostname: 'box' }, parseHostConfig(hostConfig), facts, {
    architecture: 'amd64',
    kernelRelease: '6.18.44-fc-v782',
    capabilities: privileged.map((name) => `CAP_${name}`),
    devices: [],
    seccompProfile: dockerSeccompProfile(parseSeccompProfile(read('containers-common-seccomp.json'))),
    initPath: '/usr/bin/docker-init',
  });
}

/** One text for each system call and rule about it. */
function rulesOf(seccomp: SpecSeccomp): Map<string, { name: string; rule: unknown[] }> {
  const rules = seccomp.syscalls.flatMap(({ names, action, errnoRet = null, args = null }) =>
    names.map((name) => ({ name, rule: [action, errnoRet, args] })),
  );
  return new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
}

/** The calls that have rules in one set that they do not have in the other. */
function namesIn(rules: ReturnType<typeof rulesOf>, others: ReturnType<typeof rulesOf>): string[] {
  const names = [...rules].flatMap(([key, { name }]) => (others.has(key) ? [] : [name]));
  return [...new Set(names)].sort();
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

for (const { run, hostConfig, ...expected } of captured) {
  test(`docker run: ${run}`, () => {
    const { process, linux } = specOf(hostConfig);
    const { bounding = [], effective = [], permitted = [], ...others } = process.capabilities;
    const names = (list: readonly string[]) => list.map((name) => name.replace('CAP_', '')).sort();
    assert.deepEqual([names(effective), names(permitted), others], [names(bounding), names(bounding), {}]);
    const usual = rulesOf(specOf({}).linux.seccomp ?? assert.fail('the default profile'));
    const rules = linux.seccomp && rulesOf(linux.seccomp);
    const calls = rules && {
      more: namesIn(rules, usual),
      fewer: namesIn(usual, rules),
      clone: [...rules.values()]
        .flatMap(({ name, rule }) => (name === 'clone' || name === 'clone3' ? [rule] : []))
        .sort(byText),
    };
    const noNewPrivileges = process.noNewPrivileges ?? false;
    assert.deepEqual(
      { capabilities: names(bounding), noNewPrivileges, calls: calls ?? null },
      {
        ...expected,
        calls: expected.calls && { ...expected.calls, clone: expected.calls.clone.sort(byText) },
      },
    );
  });
}
