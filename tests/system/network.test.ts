/** Networks of containers in a machine: names, published ports, isolation, and nothing left behind. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../builder/qemu/ports.ts';
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
    vm = await startVm({ forwards: [{ host: port, guest: published }] });
    await docker('load', '--quiet', '--input', await busyboxArchive());
    linksBefore = await links();
    await docker('network', 'create', 'pasture');
    const server = 'echo grass > /tmp/index.html; httpd -f -p 80 -h /tmp';
    const options = ['--network', 'pasture', '--publish', `${published}:80`];
    await docker('run', '--detach', '--name', 'web', ...options, busybox, 'sh', '-c', server);
  });

  after(() => vm?.stop());

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
    const left = (await links()).split('\n').filter((name) => !linksBefore.split('\n').includes(name));
    assert.deepEqual(
      left.filter((name) => !name.includes('docker-sys')),
      [],
    );
    const closed = await machine().ssh(`wget -T 3 -qO- http://127.0.0.1:${published}/`);
    assert.notEqual(closed.status, 0);
  });
});
