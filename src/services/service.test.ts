// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the placeholders of compose files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceDefinition } from '../config/schema.ts';
import { parseService } from './service.ts';

const environment = { VERSION: '1.2', HTTP_PROXY: 'http://p', ETCD_A: 'a', ETCD_B: 'b', 'web/VERSION': '7' };

function parse(definition: ServiceDefinition, others: Record<string, ServiceDefinition> = {}, name = 'box') {
  return parseService(name, { [name]: definition, ...others }, environment);
}

test('parseService() makes a create request of the compose keys', () => {
  const { service, warnings } = parse({
    image: 'paddock/os-base:${VERSION}',
    cap_add: ['SYS_TIME'],
    cap_drop: ['MKNOD'],
    command: 'ros "a b"',
    entrypoint: ['/bin/sh', '-c'],
    cpu_shares: 512,
    cpuset: '0,1',
    devices: ['/dev/fuse', '/dev/a:/dev/b:r'],
    dns: '8.8.8.8',
    dns_search: ['a.example', 'b.example'],
    domainname: 'example',
    extra_hosts: { db: '10.0.0.1' },
    hostname: 'h',
    labels: { 'io.rancher.os.scope': 'system', n: 5, flag: true },
    log_driver: 'json-file',
    log_opt: { 'max-size': '1m' },
    mem_limit: '64m',
    memswap_limit: -1,
    oom_score_adj: -100,
    privileged: true,
    read_only: true,
    restart: 'on-failure:3',
    security_opt: ['label:disable'],
    stdin_open: true,
    tty: true,
    userns_mode: 'host',
    ulimits: { nproc: 100, nofile: { soft: 1, hard: 2 } },
    user: 1000,
    uts: 'host',
    pid: 'host',
    ipc: 'host',
    net: 'host',
    volumes: ['/a:/b:ro', 'data:/c', '/anonymous'],
    working_dir: '/tmp',
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(service.request, {
    Image: 'paddock/os-base:1.2',
    Cmd: ['ros', 'a b'],
    Entrypoint: ['/bin/sh', '-c'],
    Domainname: 'example',
    Hostname: 'h',
    Labels: { 'io.rancher.os.scope': 'system', n: '5', flag: 'true' },
    OpenStdin: true,
    Tty: true,
    User: '1000',
    Volumes: { '/anonymous': {} },
    WorkingDir: '/tmp',
    Env: [],
    HostConfig: {
      CapAdd: ['SYS_TIME'],
      CapDrop: ['MKNOD'],
      CpuShares: 512,
      CpusetCpus: '0,1',
      Devices: [
        { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
        { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
      ],
      Dns: ['8.8.8.8'],
      DnsSearch: ['a.example', 'b.example'],
      ExtraHosts: ['db:10.0.0.1'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      Memory: 64 * 1024 * 1024,
      MemorySwap: -1,
      OomScoreAdj: -100,
      Privileged: true,
      ReadonlyRootfs: true,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      SecurityOpt: ['label:disable'],
      Ulimits: [
        { Name: 'nproc', Soft: 100, Hard: 100 },
        { Name: 'nofile', Soft: 1, Hard: 2 },
      ],
      UsernsMode: 'host',
      UTSMode: 'host',
      Binds: ['/a:/b:ro', 'data:/c'],
      NetworkMode: 'host',
      PidMode: 'host',
      IpcMode: 'host',
    },
  });
  assert.equal(service.rules.scope, 'system');
});

test('parseService() puts containers in the place of services, and remembers that it needs them', () => {
  const { service } = parse(
    {
      image: 'x',
      volumes_from: ['store:ro', 'outside'],
      links: ['db:base'],
      net: 'container:gate',
      ipc: 'none',
    },
    { store: { image: 'x', container_name: 'the-store' }, db: { image: 'x' }, gate: { image: 'x' } },
  );
  assert.deepEqual(service.request.HostConfig, {
    VolumesFrom: ['the-store:ro', 'outside'],
    Links: ['db:base'],
    NetworkMode: 'container:gate',
    IpcMode: 'none',
  });
  assert.deepEqual(service.needs, ['store', 'db', 'gate']);
});

test('parseService() fills in the environment', () => {
  const env = (value: unknown, name?: string) =>
    parse({ image: 'x', environment: value }, {}, name).service.request.Env;
  assert.deepEqual(env(['A=1', 'HTTP_PROXY', 'NO_PROXY', 'ETCD_*']), [
    'A=1',
    'HTTP_PROXY=http://p',
    'ETCD_A=a',
    'ETCD_B=b',
  ]);
  assert.deepEqual(env({ A: 1, B: true, C: '', VERSION: null }), ['A=1', 'B=true', 'C=', 'VERSION=1.2']);
  assert.deepEqual(env(['VERSION', 'X=$VERSION'], 'web'), ['VERSION=7', 'X=7']);
});

test('parseService() replaces variables, and takes $$ for a dollar sign', () => {
  assert.deepEqual(parse({ image: 'x', command: 'echo $$HOME ${VERSION}$VERSION' }).service.request.Cmd, [
    'echo',
    '$HOME',
    '1.21.2',
  ]);
});

test('parseService() warns of keys that it does not know', () => {
  const { warnings } = parse({ image: 'x', volume: ['/a:/b'], ports: ['80:80'], sysctls: {}, restart: null });
  assert.deepEqual(warnings, [
    'volume: unknown key, ignored; did you mean volumes?',
    'ports: not supported yet, ignored',
    'sysctls: unknown key, ignored',
  ]);
});

for (const [definition, message] of [
  [{}, 'image: missing'],
  [{ image: ['x'] }, 'image: expected text, got ["x"]'],
  [{ image: 'x:${NOPE}' }, 'image: the variable NOPE is not set in rancher.environment'],
  [{ image: 'x', command: 'a $' }, 'command: a $ in "a $" begins no variable; $$ is a dollar sign'],
  [{ image: 'x', privileged: 'maybe' }, 'privileged: expected true or false, got "maybe"'],
  [{ image: 'x', volumes: '/a:/b' }, 'volumes: expected a list, got "/a:/b"'],
  [{ image: 'x', volumes: [{}] }, 'volumes[0]: expected text, got {}'],
  [{ image: 'x', mem_limit: 'lots' }, 'mem_limit: expected a size such as 64m, got "lots"'],
  [
    { image: 'x', restart: 'sometimes' },
    'restart: expected no, always, unless-stopped or on-failure[:N], got "sometimes"',
  ],
  [{ image: 'x', environment: 'A=1' }, 'environment: expected a map, or a list of NAME=VALUE, got "A=1"'],
  [
    { image: 'x', labels: { 'io.rancher.os.createonly': 'perhaps' } },
    'labels.io.rancher.os.createonly: expected true or false, got "perhaps"',
  ],
] as const) {
  test(`parseService() refuses ${JSON.stringify(definition)}`, () => {
    assert.throws(() => parse(definition), { name: 'ServiceError', message });
  });
}
