/** `ros apply`: what is configured becomes so, without a reboot. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../engine/eventually.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

const CHANGES = `
hostname: barn
users: [default, {name: ada, groups: docker, sudo: "ALL=(ALL) NOPASSWD:ALL"}]
write_files:
  - {path: /etc/motd, content: "hay\\n"}
rancher:
  modules: [dummy]
  system_docker: {log_opts: {max-size: 3m}}
  sysctl: {vm.swappiness: "7"}
  network: {dns: {search: [farm.test]}, http_proxy: "http://10.0.2.99:3128"}
  ssh: {listen_address: 10.0.2.15}
  services:
    clock:
      image: paddock/os-base:\${VERSION}
      command: sleep 100000
      restart: always
      labels: {io.rancher.os.scope: system}
`;

describe('ros apply', () => {
  let vm: Vm | undefined;
  const machine = () => vm ?? assert.fail('no machine');
  const run = async (command: string) => outputOf(await machine().ssh(command));
  const differences = async () => JSON.parse(await run('sudo ros apply --dry-run --format json'));

  before(async () => {
    vm = await startVm();
  });
  after(() => vm?.stop());

  it('finds nothing to do after a boot', async () => {
    assert.deepEqual(await differences(), []);
    assert.equal(await run('sudo ros apply'), 'Nothing has to be done.');
  });

  it('shows what it would do, and does it', async () => {
    assert.equal((await machine().ssh('sudo ros config merge', { input: CHANGES })).status, 0);
    const subjects = (await differences()).map(({ subject }: { subject: string }) => subject);
    assert.deepEqual(subjects, [
      'hostname',
      'rancher.modules',
      'rancher.sysctl.vm.swappiness',
      'rancher.system_docker, proxies',
      'rancher.services.clock',
      'hostname, rancher.network',
      'rancher.network.http_proxy, rancher.ssh',
      'users',
      'write_files',
    ]);
    assert.equal(await run('hostname'), 'rancher');
    await run('sudo ros apply');
    assert.equal(await run('hostname; cat /proc/sys/vm/swappiness'), 'barn\n7');
    assert.match(await run('cat /etc/hosts'), /^127\.0\.1\.1\tbarn$/m);
    assert.match(await run('cat /proc/modules'), /^dummy /m);
    assert.equal(await run('cat /etc/motd'), 'hay');
    const asAda = (command: string) => run(`sudo -u ada sh -c '${command}'`);
    assert.match(await asAda('id'), /^uid=1200\(ada\) gid=1200\(ada\) groups=.*\b1101\(docker\)/);
    assert.equal(await asAda('cd && pwd && touch x && sudo -n id -u'), '/home/ada\n0');
    assert.match(await run('netstat -ltn'), / 10\.0\.2\.15:22 .*LISTEN/);
    assert.equal(await run('sh -lc \'echo "$http_proxy"\''), 'http://10.0.2.99:3128');
    assert.match(
      await run("sudo cat /proc/1/environ | tr '\\0' '\\n'"),
      /^HTTP_PROXY=http:\/\/10\.0\.2\.99:3128$/m,
    );
    const logOptions = "sudo system-docker inspect -f '{{json .HostConfig.LogConfig.Config}}' clock";
    assert.match(await run(logOptions), /"max-size":"3m"/);
    await eventually('names are looked for in farm.test', async () =>
      /^search farm\.test/m.test(await run('cat /etc/resolv.conf')),
    );
    assert.deepEqual(await differences(), []);
  });

  it('sees each change of a source at once, also one that leaves the size as it is', async () => {
    const directory = '/var/lib/rancher/conf/cloud-config.d';
    const file = `${directory}/zz.yml`;
    const write = (name: string) =>
      `echo "rancher: {environment: {NAME: ${name}}}" | sudo tee ${file} >/dev/null`;
    const get = 'sudo ros config get rancher.environment.NAME';
    await run(`sudo mkdir -p -m 700 ${directory}`);
    assert.equal(
      await run(
        `${write('a')}; ${get}; ${write('b')}; ${get}; sleep 4; ${get}; ${get}; ${write('c')}; ${get}; sudo rm ${file}; ${get}`,
      ),
      'a\nb\nb\nb\nc',
    );
  });

  it('lets the owners of configured keys in again', async () => {
    const keys = await run('cat .ssh/authorized_keys');
    assert.equal(
      await run('rm .ssh/authorized_keys; sudo ros apply >/dev/null; cat .ssh/authorized_keys'),
      keys,
    );
  });

  it('follows a definition that changes, and removes what is not configured any more', async () => {
    await run('sudo ros config set rancher.services.clock.command "sleep 99999" && sudo ros apply');
    assert.match(await run('sudo system-docker ps --no-trunc'), /"sleep 99999"/);
    await run('sudo sed -i "/services:/,\\$d" /var/lib/rancher/conf/cloud-config.yml && sudo ros apply');
    assert.doesNotMatch(await run('sudo system-docker ps --all'), /clock/);
    assert.deepEqual(await differences(), []);
  });
});
