/** What containers, images and volumes use: `stats`, `system df`, `ps --size`, prune; and `update`. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

describe('usage', () => {
  const engine = useEngine();
  const get = async (path: string) => {
    const { status, text } = await engine().request('GET', `/v1.51${path}`);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  };
  before(async () => {
    const script = 'head -c 100000 /dev/zero > /kept; head -c 50000 /dev/zero > /shelf/filled; sleep 100000';
    await engine().output('run', '-d', '--name', 'worker', '-v', 'shelf:/shelf', busybox, 'sh', '-c', script);
    await eventually(
      'the files are written',
      async () => (await engine().docker(['exec', 'worker', 'test', '-s', '/shelf/filled'])).status === 0,
    );
  });

  describe('stats', () => {
    it('count the processor time of a container', async () => {
      await engine().output('run', '-d', '--name', 'busy', busybox, 'sh', '-c', 'while :; do :; done');
      const stats = await get('/containers/busy/stats?stream=0');
      assert.equal(stats.name, '/busy');
      const used = stats.cpu_stats.cpu_usage.total_usage - stats.precpu_stats.cpu_usage.total_usage;
      const passed = stats.cpu_stats.system_cpu_usage - stats.precpu_stats.system_cpu_usage;
      const seconds = (Date.parse(stats.read) - Date.parse(stats.preread)) / 1000;
      assert.ok(seconds > 0.9 && seconds < 10, String(seconds));
      assert.ok(used > 0.05e9 && used < seconds * 1.5e9, `${used} of ${passed} ns`);
      assert.ok(stats.cpu_stats.online_cpus >= 1);
      await engine().output('rm', '-f', 'busy');
    });

    it('are shown by the client', async () => {
      const line = await engine().output(
        'stats',
        '--no-stream',
        '--format',
        '{{.Name}} {{.CPUPerc}}',
        'worker',
      );
      assert.match(line, /^worker \d+\.\d\d%$/);
    });

    it('come at once with one-shot', async () => {
      const begin = performance.now();
      const stats = await get('/containers/worker/stats?stream=0&one-shot=1');
      assert.ok(performance.now() - begin < 900);
      assert.equal(stats.preread, '0001-01-01T00:00:00Z');
      assert.equal(stats.precpu_stats.cpu_usage.total_usage, 0);
    });

    it('stream every second until the container is gone', async () => {
      await engine().output('run', '-d', '--name', 'brief', busybox, 'sleep', '1000');
      const answer = engine().request('GET', '/v1.51/containers/brief/stats');
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await engine().output('rm', '-f', 'brief');
      const lines = (await answer).text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.ok(lines.length >= 2 && lines.length <= 4, `${lines.length} lines`);
      assert.equal(lines[1].preread, lines[0].read);
    });

    it('are empty for a container that does not run', async () => {
      await engine().output('create', '--name', 'still', busybox);
      const stats = await get('/containers/still/stats?stream=0');
      assert.deepEqual([stats.read, stats.memory_stats], ['0001-01-01T00:00:00Z', {}]);
      await engine().output('rm', 'still');
      assert.equal((await engine().request('GET', '/containers/nope/stats')).status, 404);
    });
  });

  it('of containers is shown by ps and inspect', async () => {
    assert.match(await engine().output('ps', '--size', '--format', '{{.Size}}'), /^100kB \(virtual \d.*B\)$/);
    const [listed] = await get('/containers/json');
    assert.ok(!('SizeRw' in listed));
    const inspected = await get('/containers/worker/json?size=1');
    const images: { RepoTags: string[]; Size: number }[] = await get('/images/json');
    const image = images.find(({ RepoTags }) => RepoTags.includes(busybox));
    assert.deepEqual([inspected.SizeRw, inspected.SizeRootFs], [100_000, 100_000 + (image?.Size ?? 0)]);
  });

  it('of a container is found by cAdvisor', async () => {
    const id = await engine().inspect('worker', '{{.Id}}');
    const mounts = '/var/lib/system-docker/image/overlay2/layerdb/mounts';
    assert.equal(await engine().inMachine(`cat ${mounts}/${id}/mount-id`), id);
    await engine().output('create', '--name', 'brief', busybox);
    await engine().output('rm', 'brief');
    assert.equal(await engine().inMachine(`ls ${mounts}`), id);
  });

  it('of everything is shown by system df', async () => {
    const usage = await get('/system/df');
    assert.equal(usage.Containers[0].SizeRw, 100_000);
    assert.deepEqual(
      usage.Volumes.map(({ Name, UsageData }: { Name: string; UsageData: object }) => [Name, UsageData]),
      [['shelf', { RefCount: 1, Size: 50_000 }]],
    );
    const mine = usage.Images.find(({ RepoTags }: { RepoTags: string[] }) => RepoTags.includes(busybox));
    assert.equal(mine.Containers, 1);
    assert.ok(mine.Size > 0 && usage.LayersSize >= mine.Size);
    const only = await get('/system/df?type=volume');
    assert.deepEqual([only.Images, only.Containers, only.Volumes.length], [null, null, 1]);
    assert.equal((await engine().request('GET', '/system/df?type=shoe')).status, 400);
    assert.match(await engine().output('system', 'df'), /^Local Volumes +1 +1 +50kB/m);
    assert.match(await engine().output('system', 'df', '-v'), /^shelf +1 +50kB/m);
  });

  describe('prune', () => {
    const create = (name: string, ...options: string[]) =>
      engine().output('create', '--name', name, ...options, busybox);
    const names = async () =>
      (await engine().output('ps', '-a', '--format', '{{.Names}}')).split('\n').sort();
    const prune = (...filters: string[]) =>
      engine().output('container', 'prune', '-f', ...filters.flatMap((filter) => ['--filter', filter]));

    it('takes stopped containers that the filters choose, and tells what they used', async () => {
      await create('labelled', '--label', 'keep=yes');
      await create('other');
      await engine().output('run', '--name', 'writer', busybox, 'sh', '-c', 'head -c 70000 /dev/zero > /x');
      await prune('until=1h');
      await prune('label=keep=no');
      assert.deepEqual(await names(), ['labelled', 'other', 'worker', 'writer']);
      assert.match(await prune('label!=keep'), /Total reclaimed space: 70kB/);
      assert.deepEqual(await names(), ['labelled', 'worker']);
      await prune('until=0s');
      assert.deepEqual(await names(), ['worker']);
      assert.match(
        (await engine().docker(['container', 'prune', '-f', '--filter', 'a=b'])).stderr,
        /invalid filter/,
      );
    });

    it('takes volumes without a user', async () => {
      await engine().output('volume', 'create', '--label', 'keep', 'kept');
      await engine().output('volume', 'create', 'loose');
      await engine().output('volume', 'prune', '-af', '--filter', 'label!=keep');
      assert.equal(await engine().output('volume', 'ls', '-q'), 'kept\nshelf');
      await engine().output('volume', 'rm', 'kept');
    });
  });

  describe('update', () => {
    it('changes limits and restart policy of a container that does not run', async () => {
      await engine().output('create', '--name', 'changing', busybox, 'false');
      const options = ['--memory', '64m', '--memory-swap', '128m', '--pids-limit', '50', '--cpus', '0.5'];
      await engine().output('update', ...options, '--restart', 'on-failure:2', 'changing');
      const { HostConfig } = await get('/containers/changing/json');
      const { Memory, MemorySwap, PidsLimit, NanoCpus, RestartPolicy } = HostConfig;
      assert.deepEqual([Memory, MemorySwap, PidsLimit, NanoCpus], [67108864, 134217728, 50, 500_000_000]);
      assert.deepEqual(RestartPolicy, { Name: 'on-failure', MaximumRetryCount: 2 });
      const conflicting = await engine().docker(['update', '--cpu-period', '1000', 'changing']);
      assert.match(conflicting.stderr, /CPU Period cannot be updated as NanoCPUs has already been set/);
      await engine().output('rm', 'changing');
    });

    it('changes the restart policy of one that runs', async () => {
      await engine().output('run', '-d', '--name', 'restless', busybox, 'sleep', '1000');
      await engine().output('update', '--restart', 'always', 'restless');
      await engine()
        .output('exec', 'restless', 'kill', '-9', '-1')
        .catch(() => '');
      await engine().inMachine(`kill -9 ${await engine().inspect('restless', '{{.State.Pid}}')}`);
      await eventually(
        'it was restarted',
        async () => (await engine().inspect('restless', '{{.RestartCount}}')) !== '0',
      );
      await engine().output('rm', '-f', 'restless');
    });

    it('refuses impossible limits and leaves the container as it is', async () => {
      const { stderr } = await engine().docker(['update', '--memory', '1m', 'worker']);
      assert.match(stderr, /Minimum memory limit allowed is 6MB/);
      assert.equal(await engine().inspect('worker', '{{.HostConfig.Memory}}'), '0');
      await engine().output('run', '-d', '--rm', '--name', 'passing', busybox, 'sleep', '1000');
      const removing = await engine().docker(['update', '--restart', 'always', 'passing']);
      assert.match(removing.stderr, /Restart policy cannot be updated because AutoRemove is enabled/);
      await engine().output('rm', '-f', 'passing');
    });
  });
});
