import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function infoTests(vm: () => Vm): void {
  it('negotiates the API version', async () => {
    const format = '{{.Server.APIVersion}} {{.Server.MinAPIVersion}} {{.Server.Os}}/{{.Server.Arch}}';
    assert.equal(outputOf(await vm().docker(['version', '--format', format])), '1.51 1.24 linux/amd64');
  });

  it('prints a version page that names its parts', async () => {
    const page = outputOf(await vm().docker(['version']));
    assert.match(page, /^Server:/m);
    assert.match(page, /crun/);
  });

  it('describes the machine', async () => {
    const info = JSON.parse(outputOf(await vm().docker(['info', '--format', '{{json .}}'])));
    assert.equal(info.OSType, 'linux');
    assert.equal(info.Driver, 'overlay2');
    assert.equal(info.CgroupVersion, '2');
    assert.equal(info.DefaultRuntime, 'crun');
    assert.equal(info.NCPU, 2);
    assert.ok(info.ContainersRunning > 0, 'the services of the OS are containers');
  });

  it('reports what happened between two moments', async () => {
    const now = async () => outputOf(await vm().docker(['info', '--format', '{{.SystemTime}}']));
    const since = await now();
    assert.equal((await vm().docker(['run', '--rm', '--name', 'eventful', busybox, 'false'])).status, 1);
    const until = await now();
    const events = outputOf(
      await vm().docker([
        ...['events', '--since', since, '--until', until, '--format', '{{.Action}}'],
        ...['--filter', 'type=container', '--filter', 'container=eventful'],
      ]),
    );
    assert.deepEqual(events.split('\n'), ['create', 'attach', 'start', 'die', 'destroy']);
  });
}
