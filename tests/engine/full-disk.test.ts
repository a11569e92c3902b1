/** A disk without space: each command fails with one line that says so, leaves nothing, and works when there is space. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import type { Outcome } from '../system/process.ts';
import { build } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';
import { dockerArchiveOf, layerOf } from './image-archives.ts';
import { engineRoot, listScratch, loadArchive } from './load-archive.ts';
import { rawTar } from './raw-tar.ts';

const noSpace = /no space left on device/i;

describe('a full disk', () => {
  const engine = useEngine();
  const store = () =>
    engine().inMachine(`${listScratch}
      cd ${engineRoot}; find . -path './containers/*/*' -prune -o -print | sort; cat repositories.json; ls volumes`);
  /** Leaves this much space. */
  const fill = (kilobytes: number) =>
    // Somebody may write between the two, and a filesystem cannot be smaller than what is in it.
    engine().inMachine(`
      fill() {
        used=$(df -k /var | tail -1 | awk '{print $3}')
        mount -o remount,size=$((used + ${kilobytes}))k /var
      }
      fill || fill || fill`);
  const makeSpace = () => engine().inMachine('mount -o remount,size=50% /var');
  afterEach(makeSpace);

  /** Runs the command on a full disk, where it fails, and then on one with space. */
  const assertRefused = async (words: string[], { kilobytes = 0, input = Buffer.alloc(0) } = {}) => {
    const before = await store();
    await fill(kilobytes);
    const { status, stderr } = await engine().docker(words, { input });
    assert.notEqual(status, 0);
    assert.match(stderr, noSpace);
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('See ') && line !== '');
    assert.equal(lines.length, 1, stderr);
    assert.equal(await store(), before);
    await makeSpace();
    const again = await engine().docker(words, { input });
    assert.equal(again.status, 0, again.stderr);
  };

  it('is told to those who load an image', async () => {
    const layer = layerOf({ name: 'large', content: Buffer.alloc(4 * 1024 * 1024, 'x') });
    for (const kilobytes of [0, 1024]) {
      const before = await store();
      await fill(kilobytes);
      const archive = dockerArchiveOf({ name: 'large:1', layers: [layer] });
      const { status, stderr } = await loadArchive(engine(), archive);
      assert.notEqual(status, 0);
      assert.match(stderr, noSpace);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.equal(await store(), before);
      await makeSpace();
      assert.equal((await loadArchive(engine(), archive)).status, 0);
      await engine().output('rmi', 'large:1');
    }
  });

  it('is told to those who create a container or a volume', async () => {
    await assertRefused(['create', '--name', 'one', busybox, 'true']);
    await assertRefused(['volume', 'create', 'data']);
    await engine().output('rm', 'one');
  });

  it('is told to those who start a container', async () => {
    await engine().output('create', '--name', 'starting', busybox, 'true');
    await fill(0);
    const { status, stderr } = await engine().docker(['start', 'starting']);
    assert.equal(status, 1);
    assert.match(stderr, noSpace);
    await makeSpace();
    assert.equal((await engine().docker(['start', '--attach', 'starting'])).status, 0);
    await engine().output('rm', 'starting');
  });

  it('ends a process whose start cannot be recorded', async () => {
    const id = await engine().output('create', '--name', 'unrecorded', busybox, 'sleep', '1000');
    const descriptors = () => engine().inMachine('ls -l /proc/1/fd | grep -c pipe: || true');
    const before = await descriptors();
    const obstacle = `${engineRoot}/containers/${id}/container.json.tmp`;
    await engine().inMachine(`mkdir ${obstacle}`);
    const { status, stderr } = await engine().docker(['start', 'unrecorded']);
    assert.equal(status, 1);
    assert.match(stderr, /cannot save container/);
    assert.equal(await engine().inspect('unrecorded', '{{.State.Running}} {{.State.Pid}}'), 'false 0');
    assert.equal(await engine().output('ps', '--quiet'), '');
    assert.equal(await descriptors(), before);
    await engine().inMachine(`rmdir ${obstacle}`);
    await engine().output('start', 'unrecorded');
    await engine().output('rm', '--force', 'unrecorded');
  });

  it('is told to those who commit and who name images', async () => {
    const script = 'dd if=/dev/zero of=/file bs=1024 count=4096 2>/dev/null';
    await engine().output('run', '--name', 'changed', busybox, 'sh', '-c', script);
    await assertRefused(['commit', 'changed', 'committed:1'], { kilobytes: 1024 });
    await assertRefused(['tag', 'committed:1', 'committed:2']);
    await engine().output('rmi', 'committed:1', 'committed:2');
    await engine().output('rm', 'changed');
  });

  /** A command that fails on a disk with this much space; nothing of it is left, and the engine answers. */
  const assertNoSpace = async (kilobytes: number, act: () => Promise<Outcome>) => {
    const before = await store();
    await fill(kilobytes);
    const { status, stderr } = await act();
    assert.notEqual(status, 0);
    assert.match(stderr, noSpace);
    assert.equal(await store(), before);
    assert.equal(await engine().output('ps', '--quiet'), '');
    await makeSpace();
  };

  it('is told to those who build', async () => {
    const content = Buffer.alloc(4 * 1024 * 1024, 'x');
    const files = [{ name: 'large', content }];
    const copy = `FROM ${busybox}\nCOPY large /\n`;
    // The context itself; the layer made of it.
    for (const kilobytes of [0, 1024, 6 * 1024]) {
      await assertNoSpace(kilobytes, () => build(engine(), copy, { files }));
    }
    assert.equal((await build(engine(), copy, { files, words: ['--tag', 'copied:1'] })).status, 0);
    const words = ['--no-cache', '--force-rm', '--tag', 'filled:1'];
    const fillingStep = `FROM ${busybox}\nRUN dd if=/dev/zero of=/file bs=1024 count=4096\n`;
    // The step finds no space; the layer made of its file does not.
    for (const kilobytes of [2048, 6 * 1024]) {
      await assertNoSpace(kilobytes, async () => {
        const { status, stdout, stderr } = await build(engine(), fillingStep, { words });
        return { status, stdout, stderr: stderr + stdout };
      });
    }
    assert.equal((await build(engine(), fillingStep, { words })).status, 0);
    await engine().output('rmi', 'copied:1', 'filled:1');
  });

  it('is told to those who copy files into a container', async () => {
    await engine().output('create', '--name', 'target', busybox);
    const input = rawTar([{ name: 'large', content: Buffer.alloc(4 * 1024 * 1024, 'x') }]);
    const copy = () => engine().docker(['cp', '-', 'target:/'], { input });
    await assertNoSpace(1024, copy);
    assert.equal((await copy()).status, 0);
    await engine().output('rm', 'target');
  });

  it('costs a container its log lines, and nothing else', async () => {
    const script = 'while true; do echo line; usleep 20000; done';
    await engine().output('run', '-d', '--name', 'talking', busybox, 'sh', '-c', script);
    await fill(0);
    await engine().inMachine('sleep 1');
    assert.equal(await engine().output('exec', 'talking', 'echo', 'alive'), 'alive');
    await makeSpace();
    const lines = async () => (await engine().output('logs', 'talking')).split('\n').length;
    const before = await lines();
    await engine().inMachine('sleep 1');
    assert.ok((await lines()) > before);
    await fill(0);
    assert.equal((await engine().docker(['rm', '--force', 'talking'])).status, 0);
  });

  it('does not keep containers from ending, nor from being removed', async () => {
    await engine().output('run', '-d', '--name', 'ending', busybox, 'sh', '-c', 'sleep 1; exit 3');
    await fill(0);
    assert.equal(await engine().output('wait', 'ending'), '3');
    assert.equal(await engine().inspect('ending', '{{.State.ExitCode}}'), '3');
    await engine().output('rm', 'ending');
  });
});
