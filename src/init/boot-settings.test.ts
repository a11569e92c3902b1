import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBootSettings } from './boot-settings.ts';

const SOCKET = 'unix:///var/run/system-docker.sock';

test('has a default for everything', () => {
  const { settings, problems } = readBootSettings({});
  assert.deepEqual(problems, []);
  const { state, ...others } = settings;
  assert.equal(state.device, undefined);
  assert.deepEqual(others, {
    debug: false,
    recovery: false,
    hostname: 'rancher',
    fqdn: undefined,
    modules: [],
    sysctl: new Map([['net.ipv4.ip_forward', '1']]),
    systemDockerHosts: [SOCKET],
    systemDockerLogOptions: new Map(),
    insecureRegistries: [],
    registryMirror: undefined,
    systemDockerBridge: undefined,
    systemDockerBip: undefined,
    systemDockerRemapsUsers: false,
    systemDockerExtraArguments: [],
    systemDockerVariables: new Map(),
    systemDockerLog: '/var/log/system-docker.log',
  });
});

test('takes what is configured', () => {
  const { settings, problems } = readBootSettings({
    hostname: 'box.example.org',
    rancher: {
      debug: true,
      modules: ['nbd nbds_max=16'],
      sysctl: { 'fs.file-max': '1000', 'net.ipv4.ip_forward': '0', 'net/ipv4/conf/eth0.1/forwarding': '1' },
      system_docker: {
        host: [SOCKET, 'tcp://0.0.0.0:2375'],
        log_opts: { 'max-size': '25m' },
        userns_enabled: true,
      },
    },
  });
  assert.deepEqual(problems, []);
  assert.deepEqual([...settings.systemDockerLogOptions], [['max-size', '25m']]);
  assert.equal(settings.hostname, 'box.example.org');
  assert.equal(settings.systemDockerRemapsUsers, true);
  assert.equal(settings.debug, true);
  assert.deepEqual(settings.modules, ['nbd nbds_max=16']);
  assert.equal(settings.sysctl.get('net.ipv4.ip_forward'), '0');
  assert.equal(settings.sysctl.get('net/ipv4/conf/eth0.1/forwarding'), '1');
  assert.deepEqual(settings.systemDockerHosts, [SOCKET, 'tcp://0.0.0.0:2375']);
});

test('takes the bridge of System Docker and its address', () => {
  const read = (bridge: string, bip: string) =>
    readBootSettings({ rancher: { system_docker: { bridge, bip } } });
  const { systemDockerBridge, systemDockerBip } = read('br0', '10.7.0.1/24').settings;
  assert.deepEqual([systemDockerBridge, systemDockerBip], ['br0', '10.7.0.1/24']);
  const wrong = read('far too long a name', '10.7.0.1');
  assert.equal(wrong.settings.systemDockerBridge, undefined);
  assert.deepEqual(wrong.problems, [
    'rancher.system_docker.bridge: expected an interface or none, got "far too long a name"; ignored',
    'rancher.system_docker.bip: expected an IPv4 address such as 172.18.42.1/16, got "10.7.0.1"; ignored',
  ]);
});

test('always listens on the local socket', () => {
  const { settings } = readBootSettings({ rancher: { system_docker: { host: ['tcp://127.0.0.1:1'] } } });
  assert.deepEqual(settings.systemDockerHosts, [SOCKET, 'tcp://127.0.0.1:1']);
});

test('says what is wrong and goes on with what is left', () => {
  const { settings, problems } = readBootSettings({
    hostname: '-x',
    rancher: {
      sysctl: { '../../etc/passwd': '1', 'vm.swappiness': '1' },
      system_docker: {
        host: ['http://x', 'tcp://1.2.3.256:80', 'tcp://1.2.3.4:70000'],
        log_opts: { 'max-size': 'huge', 'max-file': '2' },
      },
      defaults: { hostname: 'den' },
    },
  });
  assert.equal(settings.hostname, 'den');
  assert.deepEqual([...settings.sysctl.keys()], ['net.ipv4.ip_forward', 'vm.swappiness']);
  assert.deepEqual(settings.systemDockerHosts, [SOCKET]);
  assert.deepEqual([...settings.systemDockerLogOptions], [['max-file', '2']]);
  const address = 'rancher.system_docker.host: expected unix:///PATH or tcp://ADDRESS:PORT, got';
  assert.deepEqual(problems, [
    `${address} "http://x"; ignored`,
    `${address} "tcp://1.2.3.256:80"; ignored`,
    `${address} "tcp://1.2.3.4:70000"; ignored`,
    'rancher.sysctl: expected a name such as fs.file-max, got "../../etc/passwd"; ignored',
    "rancher.system_docker.log_opts: invalid size: 'huge'; ignored",
    'hostname: expected a host name, got "-x"; ignored',
  ]);
});

test('takes registries and proxies', () => {
  const { settings, problems } = readBootSettings({
    rancher: {
      network: { http_proxy: 'http://10.0.0.1:3128', no_proxy: 'example.org' },
      system_docker: {
        insecure_registry: ['example.org:5000', '10.0.0.0/8', 'http://example.org'],
        registry_mirror: 'example.org',
        environment: ['FARM=a=b', 'nothing'],
      },
      defaults: { system_docker_logs: 'log' },
    },
  });
  assert.deepEqual(settings.insecureRegistries, ['example.org:5000', '10.0.0.0/8']);
  assert.equal(settings.registryMirror, undefined);
  assert.deepEqual(
    [...settings.systemDockerVariables],
    [
      ['FARM', 'a=b'],
      ['HTTP_PROXY', 'http://10.0.0.1:3128'],
      ['NO_PROXY', 'example.org'],
    ],
  );
  assert.deepEqual(problems, [
    'rancher.system_docker.insecure_registry: expected a registry such as example.org:5000 or a network such as ' +
      '10.0.0.0/8, got "http://example.org"; ignored',
    'rancher.system_docker.environment: expected NAME=VALUE, got "nothing"; ignored',
    'rancher.system_docker.registry_mirror: expected a URL without a path, got "example.org"; ignored',
    'rancher.defaults.system_docker_logs: expected a path in /var, got "log"; ignored',
  ]);
});
