import assert from 'node:assert/strict';
import { it } from 'node:test';
import { busybox } from '../busybox.ts';
import { outputOf } from '../process.ts';
import type { Vm } from '../vm.ts';

export function lifecycleTests(vm: () => Vm): void {
  const docker = async (...words: string[]) => outputOf(await vm().docker(words));
  const inspect = (name: string, format: string) => docker('inspect', '--format', format, name);

  it('goes through created, running and exited', async () => {
    await docker('create', '--name', 'stages', busybox, 'sleep', '1000');
    assert.equal(await inspect('stages', '{{.State.Status}}'), 'created');
    await docker('start', 'stages');
    assert.equal(await inspect('stages', '{{.State.Status}} {{.State.Running}}'), 'running true');
    assert.match(await docker('ps', '--filter', 'name=stages', '--format', '{{.Status}}'), /^Up /);
    await docker('kill', 'stages');
    assert.equal(await inspect('stages', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 137');
    await docker('rm', 'stages');
  });

  it('waits for the exit status', async () => {
    await docker('run', '--detach', '--name', 'brief', busybox, 'sh', '-c', 'sleep 1; exit 8');
    assert.equal(await docker('wait', 'brief'), '8');
    await docker('rm', 'brief');
  });

  it('sends the signal it is told to', async () => {
    const script = "trap 'exit 11' USR1; while true; do sleep 0.1; done";
    await docker('run', '--detach', '--name', 'signalled', busybox, 'sh', '-c', script);
    await docker('exec', 'signalled', 'true'); // the shell has set its trap when this has run
    await docker('kill', '--signal', 'USR1', 'signalled');
    assert.equal(await docker('wait', 'signalled'), '11');
    await docker('rm', 'signalled');
  });

  it('stops with a signal first and by force when it is ignored', async () => {
    const script = "trap '' TERM; while true; do sleep 0.1; done";
    await docker('run', '--detach', '--name', 'stubborn', busybox, 'sh', '-c', script);
    await docker('exec', 'stubborn', 'true');
    await docker('stop', '--time', '1', 'stubborn');
    assert.equal(await inspect('stubborn', '{{.State.ExitCode}}'), '137');
    await docker('rm', 'stubborn');
  });

  it('restarts with what the container wrote', async () => {
    const script = 'echo run >> /written; wc -l < /written; sleep 1000';
    await docker('run', '--detach', '--name', 'again', busybox, 'sh', '-c', script);
    await docker('restart', '--time', '0', 'again');
    const logs = vm().docker(['logs', '--follow', 'again']);
    await docker('stop', '--time', '0', 'again');
    assert.deepEqual(outputOf(await logs).split('\n'), ['1', '2']);
    await docker('rm', 'again');
  });

  it('renames', async () => {
    await docker('create', '--name', 'old-name', busybox, 'true');
    await docker('rename', 'old-name', 'new-name');
    assert.equal(await inspect('new-name', '{{.Name}}'), '/new-name');
    assert.equal((await vm().docker(['inspect', 'old-name'])).status, 1);
    await docker('rm', 'new-name');
  });

  it('refuses a name that is taken', async () => {
    await docker('create', '--name', 'taken', busybox, 'true');
    const refused = await vm().docker(['create', '--name', 'taken', busybox, 'true']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /The container name "\/taken" is already in use by container/);
    await docker('rm', 'taken');
  });

  it('refuses to remove a running container, unless forced', async () => {
    await docker('run', '--detach', '--name', 'busy', busybox, 'sleep', '1000');
    const refused = await vm().docker(['rm', 'busy']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /container is running: stop the container before removing or force remove/);
    await docker('rm', '--force', 'busy');
  });

  it('filters by label', async () => {
    await docker('create', '--label', 'colour=green', '--name', 'labelled', busybox, 'true');
    const format = ['--format', '{{.Names}}'];
    assert.equal(await docker('ps', '--all', '--filter', 'label=colour=green', ...format), 'labelled');
    assert.equal(await docker('ps', '--all', '--filter', 'label=colour=red', ...format), '');
    await docker('rm', 'labelled');
  });
}
