/** JSON bodies with one strange value: each is carried out or refused with one clear error, and what it made can be used. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { assertFairAnswer, assertModestMemory } from './fairness.ts';
import { mutationsOf } from './mutations.ts';

const containerRequest = {
  Image: busybox,
  Cmd: ['sleep', '0'],
  Entrypoint: ['env'],
  Hostname: 'host',
  Domainname: 'example.org',
  User: '0:0',
  Env: ['NAME=value'],
  ExposedPorts: { '80/tcp': {} },
  Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9, Timeout: 1e9, Retries: 1 },
  Labels: { key: 'value' },
  MacAddress: '02:42:ac:11:00:09',
  OnBuild: ['RUN true'],
  OpenStdin: false,
  Shell: ['sh', '-c'],
  StopSignal: 'SIGTERM',
  StopTimeout: 1,
  Tty: false,
  Volumes: { '/volume': {} },
  WorkingDir: '/work',
  HostConfig: {
    Annotations: { key: 'value' },
    AutoRemove: false,
    Binds: ['named:/bound:ro'],
    CapAdd: ['NET_ADMIN'],
    CapDrop: ['MKNOD'],
    CgroupParent: '',
    CgroupnsMode: 'private',
    ConsoleSize: [24, 80],
    DeviceCgroupRules: ['c 13:* rwm'],
    Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'rw' }],
    Dns: ['192.0.2.1'],
    DnsOptions: ['ndots:1'],
    DnsSearch: ['example.org'],
    ExtraHosts: ['name:192.0.2.2'],
    GroupAdd: ['1'],
    Init: false,
    IpcMode: 'private',
    Isolation: '',
    Links: [],
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    MaskedPaths: ['/proc/kcore'],
    Mounts: [
      {
        Type: 'volume',
        Source: 'named',
        Target: '/mounted',
        ReadOnly: true,
        VolumeOptions: { NoCopy: true, Labels: { key: 'value' }, Subpath: '' },
      },
      { Type: 'tmpfs', Target: '/temporary', TmpfsOptions: { SizeBytes: 65_536, Mode: 448 } },
    ],
    NetworkMode: 'none',
    OomScoreAdj: 100,
    PidMode: '',
    PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] },
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyPaths: ['/proc/sys'],
    ReadonlyRootfs: false,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    Runtime: '',
    SecurityOpt: ['no-new-privileges'],
    ShmSize: 1024 * 1024,
    StorageOpt: {},
    Sysctls: { 'net.ipv4.ip_forward': '0' },
    Tmpfs: { '/run': 'size=1m' },
    UTSMode: '',
    Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 100 }],
    UsernsMode: '',
    VolumesFrom: [],
  },
  NetworkingConfig: { EndpointsConfig: {} },
};

describe('strange values in JSON bodies', () => {
  const engine = useEngine();
  const post = (path: string, body: object) => engine().request('POST', path, { body });

  it('of create requests make no container, or one that is whole', async (context) => {
    const first = await post('/containers/create', containerRequest);
    assert.equal(first.status, 201, first.text);
    let accepted = 0;
    await assertModestMemory(engine(), context, async () => {
      for (const { title, value } of mutationsOf(containerRequest)) {
        const answer = await post('/containers/create?name=mutant', value as object);
        assertFairAnswer(answer, title);
        if (answer.status !== 201) continue;
        accepted++;
        const inspected = await engine().request('GET', '/containers/mutant/json');
        assert.equal(inspected.status, 200, title);
        if (accepted % 4 === 0) assertFairAnswer(await post('/containers/mutant/start', {}), title);
        const removed = await engine().request('DELETE', '/containers/mutant?force=1&v=1');
        const isGoneByItself = removed.status === 404 && title.includes('AutoRemove');
        assert.ok(removed.status === 204 || isGoneByItself, `${title}: ${removed.text}`);
      }
    });
    const { text } = await engine().request('GET', '/containers/json?all=1');
    assert.equal((JSON.parse(text) as unknown[]).length, 1, 'a refused request left a container');
    context.diagnostic(`${accepted} were accepted`);
  });

  it('of updates and execs leave the container as it was, or running with them', async () => {
    // This machine may lack the controllers, so nothing runs with these.
    const limits = {
      BlkioWeight: 0,
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      CpuShares: 512,
      CpusetCpus: '0',
      CpusetMems: '0',
      Memory: 64 * 1024 * 1024,
      MemoryReservation: 32 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      PidsLimit: 100,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
    };
    await engine().output('create', '--name', 'limited', busybox);
    const record = async () => (await engine().request('GET', '/containers/limited/json')).text;
    let unchanged = await record();
    for (const { title, value } of mutationsOf(limits)) {
      const answer = await post('/containers/limited/update', value as object);
      assertFairAnswer(answer, title);
      if (answer.status === 200) unchanged = await record();
      else assert.equal(await record(), unchanged, title);
    }
    const exec = {
      AttachStderr: true,
      AttachStdin: false,
      AttachStdout: true,
      Cmd: ['true'],
      ConsoleSize: [24, 80],
      DetachKeys: 'ctrl-p',
      Env: ['NAME=value'],
      Privileged: false,
      Tty: false,
      User: '0',
      WorkingDir: '/',
    };
    await engine().output('run', '-d', '--name', 'long', '--network', 'none', busybox, 'sleep', '1000');
    for (const { title, value } of mutationsOf(exec)) {
      const answer = await post('/containers/long/exec', value as object);
      assertFairAnswer(answer, title);
      if (answer.status !== 201) continue;
      const { Id } = JSON.parse(answer.text) as { Id: string };
      assertFairAnswer(await post(`/exec/${Id}/start`, { Detach: true }), `start with ${title}`);
    }
    const { text: id } = await post('/containers/long/exec', { Cmd: ['true'] });
    const start = { Detach: true, Tty: false, ConsoleSize: [24, 80] };
    for (const { title, value } of mutationsOf(start)) {
      if (!(value as typeof start).Detach) continue;
      assertFairAnswer(
        await post(`/exec/${(JSON.parse(id) as { Id: string }).Id}/start`, value as object),
        title,
      );
    }
    assert.equal(await engine().inspect('long', '{{.State.Status}}'), 'running');
    await engine().output('rm', '--force', 'long', 'limited');
  });

  it('of volumes and networks make none, or one that can be removed', async () => {
    const volume = { Name: 'mutant', Driver: 'local', DriverOpts: {}, Labels: { key: 'value' } };
    const network = {
      Name: 'mutant',
      Driver: 'bridge',
      EnableIPv6: false,
      Internal: false,
      Attachable: true,
      Scope: 'local',
      Options: { 'com.docker.network.driver.mtu': '1400', 'com.docker.network.bridge.name': 'strange' },
      Labels: { key: 'value' },
      IPAM: {
        Driver: 'default',
        Options: {},
        Config: [
          {
            Subnet: '10.99.0.0/24',
            IPRange: '10.99.0.128/25',
            Gateway: '10.99.0.1',
            AuxiliaryAddresses: { one: '10.99.0.2' },
          },
        ],
      },
    };
    for (const [kind, request] of Object.entries({ volumes: volume, networks: network })) {
      const list = async () => (await engine().request('GET', `/${kind}`)).text;
      const before = await list();
      for (const { title, value } of mutationsOf(request)) {
        const answer = await post(`/${kind}/create`, value as object);
        assertFairAnswer(answer, `${kind}: ${title}`);
        if (answer.status !== 201) continue;
        const made = JSON.parse(answer.text) as { Name?: string; Id?: string };
        const removed = await engine().request('DELETE', `/${kind}/${made.Id ?? made.Name}`);
        assert.equal(removed.status, 204, `${kind}: ${title}: ${removed.text}`);
      }
      assert.equal(await list(), before);
    }
  });

  it('of attachments to networks', async () => {
    await engine().output('network', 'create', '--subnet', '10.98.0.0/24', 'side');
    await engine().output('run', '-d', '--name', 'member', busybox, 'sleep', '1000');
    const connect = {
      Container: 'member',
      EndpointConfig: {
        Aliases: ['other'],
        DriverOpts: {},
        GwPriority: 0,
        IPAMConfig: { IPv4Address: '10.98.0.9', LinkLocalIPs: [] },
        Links: [],
        MacAddress: '02:42:0a:62:00:09',
      },
    };
    for (const { title, value } of mutationsOf(connect)) {
      const answer = await post('/networks/side/connect', value as object);
      assertFairAnswer(answer, title);
      if (answer.status !== 200) continue;
      const left = await post('/networks/side/disconnect', { Container: 'member', Force: true });
      assert.equal(left.status, 200, `${title}: ${left.text}`);
    }
    await engine().output('rm', '--force', 'member');
    await engine().output('network', 'rm', 'side');
  });

  it('that are no JSON objects at all, or nested without end', async () => {
    const bodies = [
      ...['', ' ', '{', '[]', 'null', '1', '"x"', '{"a":}', '\0', '\ufeff{}', '{"Image":"x"}{}'],
      '['.repeat(2_000_000),
      `${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}`,
      `{"Image":"${'x'.repeat(3_000_000)}"}`,
      `{"Image":"${'x'.repeat(5_000_000)}"}`,
    ];
    const headers = { 'Content-Type': 'application/json' };
    for (const path of ['/containers/create', '/volumes/create', '/networks/create']) {
      for (const body of bodies) {
        const title = `${path} ${body.slice(0, 40)}`;
        const answer = await engine().request('POST', path, { headers, body });
        assertFairAnswer(answer, title);
        if (path === '/containers/create') assert.ok(answer.status >= 400, title);
      }
    }
    assert.equal((await engine().request('GET', '/_ping')).status, 200);
    await engine().output('volume', 'prune', '--all', '--force');
  });
});
