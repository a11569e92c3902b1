/** Filters of listings, prunes and events: what they select, and what is refused in Docker's words. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { build } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';

describe('filters', () => {
  const engine = useEngine();
  const lines = async (...words: string[]) =>
    (await engine().output(...words)).split('\n').filter(Boolean).sort();
  const ps = (...filters: string[]) =>
    lines('ps', '--all', '--format', '{{.Names}}', ...filters.flatMap((filter) => ['--filter', filter]));

  /** Asks with filters as they are sent. */
  async function ask(method: string, path: string, filters: string) {
    const { status, text } = await engine().request(method, `${path}?filters=${encodeURIComponent(filters)}`);
    return { status, answer: JSON.parse(text || 'null') as unknown };
  }
  const refused = (message: string) => ({ status: 400, answer: { message } });

  before(async () => {
    const { status } = await build(engine(), 'FROM busybox\nCMD sleep 1000\n', {
      words: ['--tag', 'derived'],
    });
    assert.equal(status, 0);
    const options = ['--volume', 'box:/data', '--label', 'kind=box', '--publish', '8081:80'];
    await engine().output('create', '--name', 'box-one', ...options, 'busybox', 'true');
    await engine().output('create', '--name', 'box-two', '--label', 'kind=other', 'derived');
    await engine()
      .output('run', '--name', 'done', 'busybox', 'false')
      .catch(() => {});
  });

  it('select containers', async () => {
    assert.deepEqual(await ps('name=^box-'), ['box-one', 'box-two']);
    assert.deepEqual(await ps('name=^/done$'), ['done']);
    assert.deepEqual(await ps('label=kind'), ['box-one', 'box-two']);
    assert.deepEqual(await ps('label=kind=box', 'volume=box'), ['box-one']);
    assert.deepEqual(await ps('status=created', 'status=exited'), ['box-one', 'box-two', 'done']);
    assert.deepEqual(await ps('exited=1'), ['done']);
    assert.deepEqual(await ps('publish=80'), ['box-one']);
    assert.deepEqual(await ps('network=bridge', 'since=box-two'), ['done']);
    assert.deepEqual(await ps('before=box-two'), ['box-one']);
    assert.deepEqual(await ps('is-task=false', 'health=none'), ['box-one', 'box-two', 'done']);
    assert.deepEqual(await ps('is-task=true'), []);
  });

  it('select containers by images that theirs was made from', async () => {
    assert.deepEqual(await ps('ancestor=derived'), ['box-two']);
    assert.deepEqual(await ps('ancestor=busybox'), ['box-one', 'box-two', 'done']);
    assert.deepEqual(await ps('ancestor=absent'), []);
  });

  it('select volumes, networks and images', async () => {
    await engine().output('volume', 'create', '--label', 'a=b', 'volume-2');
    await engine().output('network', 'create', '--label', 'a=b', 'network-2');
    const named = (kind: string, filter: string) =>
      lines(kind, 'ls', '--format', '{{.Name}}', '--filter', filter);
    assert.deepEqual(await named('volume', 'name=^vol.*2$'), ['volume-2']);
    assert.deepEqual(await named('volume', 'dangling=true'), ['volume-2']);
    assert.deepEqual(await named('volume', 'label=a'), ['volume-2']);
    assert.deepEqual(await named('network', 'name=work-[2-9]'), ['network-2']);
    assert.deepEqual(await named('network', 'type=custom'), ['network-2']);
    assert.deepEqual(await named('network', 'driver=host'), ['host']);
    const images = (filter: string) => lines('images', '--format', '{{.Repository}}', '--filter', filter);
    assert.deepEqual(await images('reference=der*'), ['derived']);
    assert.deepEqual(await images('since=busybox'), ['derived']);
    await engine().output('network', 'rm', 'network-2');
  });

  it('refuse names that do not exist', async () => {
    for (const path of ['/containers/json', '/images/json', '/volumes', '/networks']) {
      assert.deepEqual(await ask('GET', path, '{"nothing":{"x":true}}'), refused("invalid filter 'nothing'"));
    }
    for (const kind of ['containers', 'images', 'volumes', 'networks']) {
      const filters = '{"nothing":{"x":true}}';
      assert.deepEqual(await ask('POST', `/${kind}/prune`, filters), refused("invalid filter 'nothing'"));
    }
    // Docker's events know no filter that does not exist: those of a swarm, for one, select nothing here.
    assert.equal((await engine().request('GET', '/events?until=1&filters={"node":["x"]}')).status, 200);
  });

  it('refuse what is not of their form', async () => {
    for (const filters of ['{', '"x"', '{"label":"a"}', '{"label":["a",1]}', '{"label":null}']) {
      assert.deepEqual(await ask('GET', '/containers/json', filters), refused('invalid filter'));
    }
  });

  it('refuse values that make no sense', async () => {
    assert.deepEqual(
      await ask('GET', '/containers/json', '{"status":["odd"]}'),
      refused(
        "invalid filter 'status=odd': invalid value for state (odd): must be one of created, running, paused, restarting, removing, exited, dead",
      ),
    );
    const values = [
      ['/containers/json', 'exited', 'x', "invalid filter 'exited=x'"],
      ['/containers/json', 'is-task', 'maybe', "invalid filter 'is-task=[maybe]'"],
      ['/images/json', 'dangling', 'maybe', "invalid filter 'dangling=[maybe]'"],
      ['/volumes', 'dangling', 'maybe', "invalid filter 'dangling=[maybe]'"],
      ['/networks', 'type', 'odd', "invalid filter: 'type'='odd'"],
    ] as const;
    for (const [path, name, value, message] of values) {
      assert.deepEqual(await ask('GET', path, JSON.stringify({ [name]: [value] })), refused(message));
    }
    const absent = await ask('GET', '/containers/json', '{"since":["absent"]}');
    assert.deepEqual(absent, { status: 404, answer: { message: 'No such container: absent' } });
    const { status, text } = await engine().request('GET', '/events?since=10&until=3');
    assert.equal(status, 400);
    assert.match(text, /`since` time \(10\) cannot be after `until` time \(3\)/);
  });

  it('select events', async () => {
    const now = Math.ceil(Date.now() / 1000) + 1;
    const events = (...filters: string[]) =>
      lines(
        ...['events', '--since', '0', '--until', String(now), '--format', '{{.Type}} {{.Action}}'],
        ...filters.flatMap((filter) => ['--filter', filter]),
      );
    assert.deepEqual(await events('container=box-one'), ['container create']);
    assert.deepEqual(await events('volume=volume-2'), ['volume create']);
    assert.deepEqual(await events('type=container', 'event=die', 'image=busybox'), ['container die']);
    assert.deepEqual(await events('label=kind=other'), ['container create']);
  });
});

describe('prunes', () => {
  const engine = useEngine();

  it('are refused while another one runs', async () => {
    for (let count = 0; count < 5; count++) await engine().output('volume', 'create');
    const answers = await Promise.all([1, 2, 3].map(() => engine().request('POST', '/volumes/prune')));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, 409, 409]);
    const late = answers.find(({ status }) => status === 409);
    assert.deepEqual(JSON.parse(late?.text ?? ''), { message: 'a prune operation is already running' });
    assert.equal((await engine().request('POST', '/volumes/prune')).status, 200);
  });
});
