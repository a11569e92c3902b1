/** A person looks after services on a machine: over ssh, with what the OS itself has at hand. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { outputOf } from './process.ts';
import { atPrompt } from './prompt.ts';
import { useVm } from './vm.ts';

const SERVICE = `rancher:
  services:
    web:
      image: paddock/os-base:$VERSION
      command: sh -c "echo hello; exec sleep 1000"
      deploy: {resources: {limits: {memory: 16m, pids: 20}}}
      healthcheck: {test: "true", start_period: 20s, start_interval: 500ms}
      net: none
      labels: {io.rancher.os.scope: system, io.rancher.os.after: network}
    behind:
      image: paddock/os-base:$VERSION
      command: sleep 1000
      net: none
      labels: {io.rancher.os.scope: system, io.rancher.os.after: "web:healthy"}
`;

describe('services', () => {
  const vm = useVm();
  before(() => atPrompt(vm().console));
  const ssh = async (command: string) => outputOf(await vm().ssh(command));

  it('ros service brings a service up with its limits, and takes it down', async () => {
    await ssh(`sudo ros config merge <<'EOF'\n${SERVICE}EOF`);
    assert.match(await ssh('sudo ros service up behind'), /web: healthy[\s\S]*behind: started/);
    assert.match(await ssh('sudo ros service logs web'), /web \| hello/);
    assert.equal(
      await ssh(
        "sudo system-docker exec web sh -c 'cat /sys/fs/cgroup/pids.max' 2>/dev/null || sudo system-docker inspect -f '{{.HostConfig.PidsLimit}}' web",
      ),
      '20',
    );
    assert.equal(await ssh('sudo ros service down -t 0 web behind'), 'behind\nweb');
    assert.doesNotMatch(await ssh('sudo ros service ps'), /^web/m);
  });

  it('ros tls generate makes the certificates of a client', async () => {
    assert.match(await ssh('sudo ros tls generate'), /^\/home\/rancher\/\.docker\/ca\.pem$/m);
    assert.match(await ssh('cat .docker/ca.pem .docker/cert.pem .docker/key.pem'), /PRIVATE KEY/);
  });

  it('ros boot tells what took how long, also for a browser', async () => {
    const table = await ssh('sudo ros boot');
    for (const part of [
      'kernel',
      'System Docker answers',
      'udev-cold finished',
      'console started',
      'console ready',
    ])
      assert.match(table, new RegExp(part));
    const events = JSON.parse(await ssh('sudo ros boot --format json')) as { name: string; begin: number }[];
    assert.deepEqual(
      events.map(({ begin }) => begin),
      events.map(({ begin }) => begin).toSorted((a, b) => a - b),
    );
    const trace = JSON.parse(await ssh('sudo ros boot --format trace')) as { traceEvents: { ph: string }[] };
    assert.ok(trace.traceEvents.filter(({ ph }) => ph === 'X').length >= 6);
  });
});
