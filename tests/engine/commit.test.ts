/** docker commit, and what it makes: layers, history, parents. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { systemImage } from './root-tree.ts';

describe('commit', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => (await engine().docker(words)).stderr;

  it('makes a layer of everything that a container has changed', async () => {
    const script = `
      mkdir /new /new/deep; echo text >/new/file; ln /new/file /new/same; ln -s ../file /new/deep/link
      chown 12:34 /new/file; chmod 4751 /new/file; touch -d @1000000000 /new/file; mkfifo /new/pipe
      rm /bin/cat; rm -r /etc/gone; mkdir /etc/gone; echo new >/etc/gone/only`;
    await docker(
      'run',
      '--name',
      'prepare',
      'busybox',
      'sh',
      '-c',
      'mkdir -p /etc/gone; echo 1 >/etc/gone/old',
    );
    await docker('commit', 'prepare', 'prepared:1');
    await docker('run', '--name', 'change', 'prepared:1', 'sh', '-c', script);
    const id = await docker('commit', '--author', 'A', '--message', 'why', 'change', 'changed:1');
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    const seen = await docker(
      ...['run', '--rm', 'changed:1', 'sh', '-c'],
      `stat -c '%n %A %u:%g %Y %h' /new/file; readlink /new/deep/link; stat -c %A /new/pipe
       ls /bin/cat 2>&1; ls /etc/gone`,
    );
    assert.deepEqual(seen.split('\n'), [
      '/new/file -rwsr-x--x 12:34 1000000000 2',
      '../file',
      'prw-r--r--',
      'ls: /bin/cat: No such file or directory',
      'only',
    ]);
    assert.equal(await engine().inspect('changed:1', '{{.Author}} {{.Comment}}'), 'A why');
    await docker('rm', 'prepare', 'change');
    const prepared = await engine().inspect('prepared:1', '{{.Id}}');
    assert.equal(await engine().inspect('changed:1', '{{.Parent}}'), prepared);
    assert.match(await docker('rmi', 'prepared:1'), /^Untagged: prepared:1$/);
    assert.match(await refusal('rmi', prepared), /cannot be forced\) - image has dependent child images/);
    const history = await docker('history', '--no-trunc', '--format', '{{.ID}} {{.Comment}}', 'changed:1');
    assert.deepEqual(history.split('\n').slice(0, 2), [`${id} why`, `${prepared} `]);
    const removed = await docker('rmi', 'changed:1');
    assert.match(removed, new RegExp(`Deleted: ${prepared}`));
    assert.equal(await engine().inMachine(listScratch), '');
  });

  it('saves the layer byte for byte, and loads it again', async () => {
    await docker('run', '--name', 'saved', 'busybox', 'sh', '-c', 'seq 10000 >/numbers; rm /bin/sed');
    await docker('commit', 'saved', 'saved:1');
    const id = await engine().inspect('saved:1', '{{.Id}}');
    const archive = `${engine().machine.sockets}/saved.tar`;
    await docker('save', '--output', archive, 'saved:1');
    await docker('rm', 'saved');
    await docker('rmi', 'saved:1');
    await docker('load', '--input', archive);
    assert.equal(await engine().inspect('saved:1', '{{.Id}}'), id);
    assert.equal(await docker('run', '--rm', 'saved:1', 'tail', '-n1', '/numbers'), '10000');
    await docker('rmi', 'saved:1');
  });

  it("applies changes, and keeps the container's configuration", async () => {
    const options = ['--env', 'A=1', '--label', 'l=1', '--workdir', '/tmp', '--user', '5'];
    await docker('create', '--name', 'config', ...options, 'busybox', 'echo', 'hello');
    const changes = ['ENV B="$A 2"', 'LABEL m=2', 'EXPOSE 80 53/udp', 'CMD ["id", "-u"]', 'WORKDIR sub'];
    await docker('commit', ...changes.flatMap((change) => ['--change', change]), 'config', 'config:1');
    const config = JSON.parse(await engine().inspect('config:1', '{{json .Config}}'));
    assert.deepEqual(config.Cmd, ['id', '-u']);
    assert.deepEqual(config.Labels, { l: '1', m: '2' });
    assert.deepEqual(config.ExposedPorts, { '80/tcp': {}, '53/udp': {} });
    assert.ok(config.Env.includes('A=1') && config.Env.includes('B= 2'), config.Env);
    assert.deepEqual([config.User, config.WorkingDir], ['5', '/sub']);
    assert.equal(config.Hostname ?? '', '');
    assert.match(await refusal('commit', '--change', 'RUN x', 'config'), /run is not a valid change command/);
    assert.match(
      await refusal('commit', '--change', 'NONSENSE x', 'config'),
      /unknown instruction: NONSENSE/,
    );
    assert.match(await refusal('commit', 'config', 'Upper:1'), /must be lowercase/);
    assert.match(await refusal('commit', 'missing'), /No such container: missing/);
    await docker('rm', 'config');
    await docker('rmi', 'config:1');
  });

  it('pauses a container that runs', async () => {
    await docker('run', '--detach', '--name', 'busy', 'busybox', 'sh', '-c', 'while :; do date >/now; done');
    const since = String(Math.floor(Date.now() / 1000) - 1);
    await docker('commit', 'busy', 'busy:1');
    assert.equal(await engine().inspect('busy', '{{.State.Status}}'), 'running');
    const until = String(Math.floor(Date.now() / 1000) + 1);
    const format = ['--format', '{{.Action}}', '--filter', 'container=busy'];
    const events = await docker('events', '--since', since, '--until', until, ...format);
    assert.deepEqual(events.split('\n').slice(-3), ['pause', 'unpause', 'commit']);
    await docker('commit', '--pause=false', 'busy', 'busy:2');
    await docker('rm', '--force', 'busy');
    await docker('rmi', 'busy:1', 'busy:2');
  });

  it('makes no layer where nothing has changed, and shows steps on the way only with --all', async () => {
    await docker('create', '--name', 'idle', 'busybox');
    const base = await docker('commit', 'idle');
    await docker('run', '--name', 'onward', base, 'true');
    await docker('commit', 'onward', 'onward:1');
    assert.equal(await engine().inspect(base, '{{len .RootFS.Layers}}'), '1');
    const listed = (...words: string[]) => docker('images', '--quiet', '--no-trunc', ...words);
    assert.doesNotMatch(await listed(), new RegExp(base));
    assert.match(await listed('--all'), new RegExp(base));
    await docker('rm', 'idle', 'onward');
    await docker('rmi', 'onward:1');
    assert.doesNotMatch(await listed('--all'), new RegExp(base));
  });

  it('says when there is no space left, and gives back what it took', async () => {
    await docker('run', '--name', 'large', 'busybox', 'sh', '-c', 'yes | head -c 8000000 >/large');
    const scratch = `${engineRoot}/tmp`;
    await engine().inMachine(`mount -t tmpfs -o size=4m small ${scratch}`);
    try {
      assert.match(await refusal('commit', 'large', 'large:1'), /no space left on device/);
      assert.match(await engine().inMachine(`${listScratch}; df -k ${scratch} | tail -1`), / 0 +4096 /);
    } finally {
      await engine().inMachine(`umount ${scratch}`);
    }
    await docker('commit', 'large', 'large:1');
    await docker('rm', 'large');
    await docker('rmi', 'large:1');
  });

  it('has all layers of its own, also when it is made from an image of the operating system', async () => {
    await docker('run', '--name', 'system', systemImage, 'touch', '/mark');
    await docker('commit', 'system', 'system-child:1');
    const layers = await engine().inspect('system-child:1', '{{join .RootFS.Layers " "}}');
    const names = layers.replaceAll('sha256:', '').split(' ');
    assert.equal(names.length, 2);
    await engine().inMachine(`cd ${engineRoot}/layers && ls -d ${names.join(' ')}`);
    await docker('run', '--rm', 'system-child:1', 'ls', '/mark', '/bin/sh');
    await docker('rm', 'system');
    await docker('rmi', 'system-child:1');
  });

  it('takes no file from containers of the operating system when it is removed', async () => {
    await docker('run', '--name', 'system', systemImage, 'touch', '/mark');
    await docker('commit', 'system', 'system-child:1');
    await docker('run', '--detach', '--name', 'neighbour', systemImage, 'sleep', '1000');
    await docker('rm', 'system');
    await docker('rmi', 'system-child:1');
    await engine().inMachine(listScratch);
    await docker('exec', 'neighbour', 'ls', '/bin/sh');
    await docker('rm', '--force', 'neighbour');
  });
});
