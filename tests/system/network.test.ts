/** Networks of containers in a machine: names, published ports, isolation, and nothing left behind. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../builder/qemu/ports.ts';
import { eventually } from '../engine/eventually.ts';
import { busybox, busyboxArchive } from './busybox.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

/** Where the container's port is on the machine. */
const published = 8080;

describe('networks', () => {
  let vm: Vm | undefined;
  const machine = () => vm ?? assert.fail('no machine');
  let port: number;
  const docker = async (...words: string[]) => outputOf(await machine().docker(words));
  const links = async () => outputOf(await machine().ssh("ip -o link | cut -d ' ' -f 2 | sort"));
  let linksBefore: string;

  before(async () => {
    port = await freePort();
    const append = 'rancher.system_docker.bip=10.77.0.1/24 rancher.system_docker.bridge=barn0';
    vm = await startVm({ forwards: [{ host: port, guest: published }], append });
    await docker('load', '--quiet', '--input', await busyboxArchive());
    linksBefore = await links();
    await docker('network', 'create', 'pasture');
    const server = 'echo grass > /tmp/index.html; httpd -f -p 80 -h /tmp';
    const options = ['--network', 'pasture', '--publish', `${published}:80`];
    await docker('run', '--detach', '--name', 'web', ...options, busybox, 'sh', '-c', server);
  });

  after(() => vm?.stop());

  it('the default bridge is the configured one', async () => {
    const routes = await docker('run', '--rm', busybox, 'ip', 'route');
    assert.match(routes, /^default via 10\.77\.0\.1 dev eth0/m);
    const name = '{{index .Options "com.docker.network.bridge.name"}}';
    assert.equal(await docker('network', 'inspect', '--format', name, 'bridge'), 'barn0');
  });

  it('a neighbour is found by its name', async () => {
    const answer = await docker(
      'run',
      '--rm',
      '--network',
      'pasture',
      busybox,
      'wget',
      '-qO-',
      'http://web/',
    );
    assert.equal(answer, 'grass');
  });

  it('a published port is reached from outside the machine', async () => {
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'grass\n');
  });

  it('and from the machine itself', async () => {
    assert.equal(outputOf(await machine().ssh(`wget -qO- http://127.0.0.1:${published}/`)), 'grass');
  });

  it('a port of UDP is published without a complaint', async () => {
    const options = ['--detach', '--name', 'datagrams', '--publish', '5354:53/udp'];
    await docker('run', ...options, busybox, 'sleep', '1000');
    assert.equal(await docker('port', 'datagrams'), '53/udp -> 0.0.0.0:5354');
    await docker('rm', '--force', 'datagrams');
    const log = outputOf(await machine().ssh('sudo cat /var/log/system-docker.log'));
    assert.doesNotMatch(log, /old senders/);
    assert.match(outputOf(await machine().ssh('cat /proc/modules')), /^nf_conntrack_netlink /m);
  });

  it('another network has no way there', async () => {
    const address = await docker(
      ...['inspect', '--format', '{{.NetworkSettings.Networks.pasture.IPAddress}}', 'web'],
    );
    const stranger = await machine().docker([
      'run',
      '--rm',
      busybox,
      'wget',
      '-T',
      '3',
      '-qO-',
      `http://${address}/`,
    ]);
    assert.notEqual(stranger.status, 0);
  });

  it('nothing stays when all is removed', async () => {
    await docker('rm', '--force', 'web');
    await docker('network', 'rm', 'pasture');
    await eventually('the interfaces are gone', async () => (await links()) === linksBefore);
    const closed = await machine().ssh(`wget -T 3 -qO- http://127.0.0.1:${published}/`);
    assert.notEqual(closed.status, 0);
  });
});
