// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the placeholders of compose files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceDefinition } from '../config/schema.ts';
import { parseService } from './service.ts';

const environment = { VERSION: '1.2', HTTP_PROXY: 'http://p', ETCD_A: 'a', ETCD_B: 'b', 'web/VERSION': '7' };

const FILES: Record<string, string> = { '/etc/web.env': '# mine\nA=1\nB="two words"\nexport C=3\n' };

function parse(definition: ServiceDefinition, others: Record<string, ServiceDefinition> = {}, name = 'box') {
  return parseService(name, { [name]: definition, ...others }, environment, (path) => FILES[path]);
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
  assert.deepEqual(
    service.needs.map(({ name }) => name),
    ['store', 'db', 'gate'],
  );
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
  const { warnings } = parse({
    image: 'x',
    volume: ['/a:/b'],
    build: '.',
    colour: 1,
    'x-note': 1,
    restart: null,
  });
  assert.deepEqual(warnings, [
    'build.context: expected an absolute path or a URL, got "."; image is pulled',
    'volume: unknown key, ignored; did you mean volumes?',
    'colour: unknown key, ignored',
  ]);
});

test('parseService() takes what an image is built from', () => {
  const { service, warnings } = parse({
    build: { context: '/opt/site', dockerfile: 'Other', args: ['A=1'], pull: true, shm_size: '1m', ssh: 'x' },
  });
  assert.equal(service.request.Image, 'os_box');
  assert.deepEqual(service.build, {
    context: '/opt/site',
    options: { dockerfile: 'Other', buildargs: '{"A":"1"}', pull: true, shmsize: 1048576 },
  });
  assert.deepEqual(warnings, ['build.ssh: not supported, ignored']);
  const old = parse({
    image: 'mine',
    build: 'https://example.org/site.tar',
    dockerfile: 'x/Dockerfile',
  }).service;
  assert.equal(old.request.Image, 'mine');
  assert.deepEqual(old.build, {
    context: 'https://example.org/site.tar',
    options: { dockerfile: 'x/Dockerfile' },
  });
  assert.throws(() => parse({ build: '.' }), /build.context: expected an absolute path or a URL, got "\."/);
});

test("parseService() takes the keys of today's compose files", () => {
  const { service, warnings } = parse(
    {
      image: 'x',
      cpus: 0.5,
      depends_on: { db: { condition: 'service_healthy' } },
      deploy: {
        resources: {
          limits: { cpus: '0.25', memory: '32M', pids: 10 },
          reservations: { memory: '16m', devices: [] },
        },
        restart_policy: { condition: 'on-failure', max_attempts: 3 },
        replicas: 2,
      },
      env_file: '/etc/web.env',
      environment: { A: 'own' },
      expose: [9000, '9001-9002/udp'],
      healthcheck: { test: 'true', interval: '1m30s', retries: 2, start_period: '500ms' },
      init: true,
      logging: { driver: 'json-file', options: { 'max-file': 2 } },
      networks: { front: { aliases: ['www'], ipv4_address: '10.1.0.9' }, back: null },
      ports: [
        '8080:80',
        '127.0.0.1::443',
        '53:53/udp',
        { target: 22, published: '2222' },
        '7000-7001:7000-7001',
      ],
      stop_grace_period: '1500ms',
      stop_signal: 'SIGINT',
      sysctls: ['net.ipv4.ip_forward=1'],
      tmpfs: '/run:size=1m',
      volumes: [
        'data:/data',
        { type: 'bind', source: '/a', target: '/b', read_only: true, bind: { propagation: 'rslave' } },
        { type: 'tmpfs', target: '/c', tmpfs: { size: '1m' } },
      ],
    },
    { db: { image: 'x' } },
  );
  const undefinedTimes = { Timeout: undefined, StartInterval: undefined };
  assert.deepEqual(warnings, [
    'deploy.replicas: has no meaning on a single machine, ignored',
    'deploy.resources.reservations.devices: has no meaning on a single machine, ignored',
  ]);
  assert.deepEqual(service.needs, [{ name: 'db', condition: 'healthy' }]);
  assert.deepEqual(service.networks, ['front', 'back']);
  const { HostConfig, ...config } = service.request;
  assert.deepEqual(config, {
    Image: 'x',
    Env: ['A=own', 'B=two words', 'C=3'],
    ExposedPorts: Object.fromEntries(
      [
        '9000/tcp',
        '9001/udp',
        '9002/udp',
        '80/tcp',
        '443/tcp',
        '53/udp',
        '22/tcp',
        '7000/tcp',
        '7001/tcp',
      ].map((port) => [port, {}]),
    ),
    Healthcheck: {
      ...{ Test: ['CMD-SHELL', 'true'], Interval: 9e10, StartPeriod: 5e8, Retries: 2 },
      ...undefinedTimes,
    },
    NetworkingConfig: {
      EndpointsConfig: {
        front: { Aliases: ['box', 'www'], IPAMConfig: { IPv4Address: '10.1.0.9' } },
        back: { Aliases: ['box'] },
      },
    },
    StopSignal: 'SIGINT',
    StopTimeout: 2,
    Volumes: {},
  });
  const anyAddress = (HostPort: string) => [{ HostIp: '', HostPort }];
  assert.deepEqual(HostConfig, {
    NanoCpus: 250_000_000,
    Memory: 32 * 1024 * 1024,
    PidsLimit: 10,
    MemoryReservation: 16 * 1024 * 1024,
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    Init: true,
    LogConfig: { Type: 'json-file', Config: { 'max-file': '2' } },
    NetworkMode: 'front',
    PortBindings: {
      '80/tcp': anyAddress('8080'),
      '443/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
      '53/udp': anyAddress('53'),
      '22/tcp': anyAddress('2222'),
      '7000/tcp': anyAddress('7000'),
      '7001/tcp': anyAddress('7001'),
    },
    Sysctls: { 'net.ipv4.ip_forward': '1' },
    Tmpfs: { '/run': 'size=1m' },
    Binds: ['data:/data'],
    Mounts: [
      {
        ...{ Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true },
        BindOptions: { Propagation: 'rslave', CreateMountpoint: true },
      },
      { Type: 'tmpfs', Target: '/c', ReadOnly: false, TmpfsOptions: { SizeBytes: 1024 * 1024 } },
    ],
  });
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
  [{ image: 'x', depends_on: ['nobody'] }, 'depends_on: nobody is not a service'],
  [
    { image: 'x', depends_on: { box: { condition: 'happy' } } },
    'depends_on.box.condition: expected service_started, service_healthy, service_completed_successfully, got "happy"',
  ],
  [{ image: 'x', env_file: ['/none'] }, 'env_file[0]: there is no file /none'],
  [{ image: 'x', env_file: 'web.env' }, 'env_file[0]: expected an absolute path, got "web.env"'],
  [
    { image: 'x', healthcheck: { test: ['ls'] } },
    'healthcheck.test: expected NONE, CMD or CMD-SHELL as the first word, got "ls"',
  ],
  [
    { image: 'x', healthcheck: { interval: 5 } },
    'healthcheck.interval: expected a duration such as 1m30s, got 5',
  ],
  [{ image: 'x', networks: ['a'], net: 'host' }, 'networks: cannot be beside net or network_mode'],
  [{ image: 'x', ports: ['99999'] }, 'ports[0]: expected ports from 1 to 65535, got "99999"'],
  [{ image: 'x', ports: ['80-82:80-81'] }, 'ports[0]: the ranges of ports have different lengths'],
  [{ image: 'x', ports: ['http'] }, 'ports[0]: expected [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL], got "http"'],
  [
    { image: 'x', labels: { 'io.rancher.os.after': 'network:fine' } },
    'labels.io.rancher.os.after: expected NAME, NAME:started, NAME:healthy or NAME:completed, got "network:fine"',
  ],
  [
    { image: 'x', labels: { 'io.rancher.os.createonly': 'perhaps' } },
    'labels.io.rancher.os.createonly: expected true or false, got "perhaps"',
  ],
] as const) {
  test(`parseService() refuses ${JSON.stringify(definition)}`, () => {
    assert.throws(() => parse(definition), { name: 'ServiceError', message });
  });
}
