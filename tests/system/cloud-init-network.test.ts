/** A metadata service on the network: the machine comes up without it, and becomes what it says. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../engine/eventually.ts';
import { outputOf } from './process.ts';
import { startVm, type Vm } from './vm.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq0RFpqTzEhLfNqzRkYQy6i1r1WVGQhyl2wVKAsnCj someone';
const TOKEN = 'a-token';

const included = `#cloud-config
timezone: Asia/Kolkata
write_files:
- { path: /opt/fetched, content: "address $private_ipv4" }
runcmd: [echo ran >> /opt/ran]
rancher:
  services:
    hello:
      image: paddock/os-base:\${VERSION}
      command: echo hello of the cloud
      labels: { io.rancher.os.scope: system }
    site:
      build: { context: http://10.0.2.2:PORT/Dockerfile, args: ["BASE=paddock/os-base:\${VERSION}"] }
      labels: { io.rancher.os.scope: system }
`;

/** What Amazon's service says, version 2; the first request fails, as it does where a network is slow. */
const documents: Readonly<Record<string, string>> = {
  '/latest/meta-data/': 'hostname',
  '/latest/meta-data/hostname': 'cloudy',
  '/latest/meta-data/local-ipv4': '10.0.2.15',
  '/latest/meta-data/public-keys/': '0=mine',
  '/latest/meta-data/public-keys/0/openssh-key': KEY,
  '/latest/user-data': '#include\nhttp://10.0.2.2:PORT/included\n',
  '/included': included,
  '/Dockerfile': 'ARG BASE\nFROM $BASE\nRUN echo page >/page\nCMD cat /page\n',
};

describe('user data of a metadata service', () => {
  let server: Server;
  let vm: Vm;
  let tokens = 0;
  const answer = ({ url = '', method, headers }: IncomingMessage, port: number) => {
    if (method === 'PUT') return tokens++ === 0 ? 503 : TOKEN;
    if (url.startsWith('/latest/') && headers['x-aws-ec2-metadata-token'] !== TOKEN) return 503;
    return documents[url]?.replace('PORT', String(port)) ?? 404;
  };
  before(async () => {
    server = createServer((request, response) => {
      const result = answer(request, (server.address() as AddressInfo).port);
      response.statusCode = typeof result === 'number' ? result : 200;
      response.end(typeof result === 'number' ? '' : result);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    // The host's loopback interface is 10.0.2.2 in QEMU's network.
    vm = await startVm({ append: `rancher.cloud_init.datasources=[ec2:http://10.0.2.2:${port}/]` });
  });
  after(async () => {
    await vm?.stop();
    server?.close();
  });

  /** The services of the machine run before it asks. */
  const untilSaid = (command: string, expected: string) =>
    eventually(
      `${command}: ${expected}`,
      async () => (await vm.ssh(command)).stdout.trim() === expected,
      120,
    );

  it('its services run', () => untilSaid('sudo -n system-docker logs hello', 'hello of the cloud'));

  it('its services are built', () => untilSaid('sudo -n system-docker logs site', 'page'));

  it('files are written and commands run, once', () =>
    untilSaid('cat /opt/fetched && echo && cat /opt/ran', 'address 10.0.2.15\nran'));

  it('the time is that of the zone', () => untilSaid('date +%Z', 'IST'));

  it('the machine has its name, and its keys let people in', async () => {
    assert.equal(outputOf(await vm.ssh('hostname')), 'cloudy');
    const keys = outputOf(await vm.ssh('cat .ssh/authorized_keys'));
    assert.ok(keys.includes(KEY), keys);
  });
});
