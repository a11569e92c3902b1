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
    const parameter = `${path.includes('?') ? '&' : '?'}filters=${encodeURIComponent(filters)}`;
    const { status, text } = await engine().request(method, path + parameter);
    return { status, answer: JSON.parse(text || 'null') as unknown };
  }
  const unreadable = (text: string) => `parsing "${text}": invalid syntax`;
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
    const steps = await ask('POST', '/build/prune', '{"nothing":["x"]}');
    assert.deepEqual(steps, refused("failed to prune build cache: invalid filter 'nothing'"));
    assert.deepEqual(
      await ask('GET', '/images/json', '{"label!":["x"]}'),
      refused("invalid filter 'label!'"),
    );
    assert.deepEqual(await ask('GET', '/plugins', '{"label":["x"]}'), refused("invalid filter 'label'"));
    // Docker's events know no filter that does not exist: those of a swarm, for one, select nothing here.
    assert.equal((await engine().request('GET', '/events?until=1&filters={"node":["x"]}')).status, 200);
  });

  it('refuse what is not of their form', async () => {
    const wrong = ['{', '{}x', '"x"', '[]', '{"label":"a"}', '{"label":["a",1]}', '{"label":{"a":1}}'];
    for (const filters of wrong) {
      assert.deepEqual(await ask('GET', '/containers/json', filters), refused('invalid filter'));
      const volumes = await ask('GET', '/volumes', filters);
      assert.deepEqual(volumes, refused('error reading volume filters: invalid filter'));
    }
    for (const filters of ['null', '{"name":null}', '{"name":[]}']) {
      assert.deepEqual(await ask('GET', '/volumes', filters), await ask('GET', '/volumes', '{}'));
    }
  });

  it('take a value that is switched off like any other, as Docker does', async () => {
    const { answer } = await ask('GET', '/volumes', '{"name":{"absent":false}}');
    assert.deepEqual(answer, { Volumes: [], Warnings: null });
  });

  it('refuse values that make no sense', async () => {
    assert.deepEqual(
      await ask('GET', '/containers/json', '{"status":["odd"]}'),
      refused(
        "invalid filter 'status=odd': invalid value for state (odd): must be one of created, running, paused, restarting, removing, exited, dead",
      ),
    );
    const values = [
      ['/containers/json', 'exited=x', `invalid filter 'exited=x': strconv.Atoi: ${unreadable('x')}`],
      ['/containers/json', 'is-task=maybe', "invalid filter 'is-task=[maybe]'"],
      [
        '/containers/json',
        'publish=x',
        `error while looking up for publish x: strconv.ParseUint: ${unreadable('x')}`,
      ],
      [
        '/containers/json',
        'expose=99999',
        'error while looking up for expose 99999: strconv.ParseUint: parsing "99999": value out of range',
      ],
      ['/images/json', 'dangling=maybe', "invalid filter 'dangling=[maybe]'"],
      ['/images/json', 'dangling=TRUE', "invalid filter 'dangling=[TRUE]'"],
      ['/images/json', 'until=odd', 'failed to parse value as time or duration: "odd"'],
      ['/images/search?term=x', 'stars=x', `invalid filter 'stars=x': strconv.Atoi: ${unreadable('x')}`],
      ['/plugins', 'enabled=x', "invalid filter 'enabled=[x]'"],
      ['/volumes', 'dangling=maybe', "invalid filter 'dangling=[maybe]'"],
      ['/networks', 'type=odd', "invalid filter: 'type'='odd'"],
      [
        '/networks',
        'dangling=maybe',
        'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")',
      ],
    ] as const;
    for (const [path, filter, message] of values) {
      const [name = '', value] = filter.split('=');
      assert.deepEqual(await ask('GET', path, JSON.stringify({ [name]: [value] })), refused(message));
    }
    assert.deepEqual(await ps('publish=80/odd'), []);
    assert.deepEqual(await ps('ancestor=A B'), []);
    const absent = await ask('GET', '/containers/json', '{"since":["absent"]}');
    assert.deepEqual(absent, { status: 404, answer: { message: 'No such container: absent' } });
    const { status, text } = await engine().request('GET', '/events?since=10&until=3');
    assert.equal(status, 400);
    assert.match(text, /`since` time \(10\) cannot be after `until` time \(3\)/);
  });

  it('refuse values that make no sense to prunes', async () => {
    const both = '{"until":["1h","2h"]}';
    for (const kind of ['containers', 'images', 'networks']) {
      assert.deepEqual(
        await ask('POST', `/${kind}/prune`, both),
        refused('more than one until filter specified'),
      );
      const odd = await ask('POST', `/${kind}/prune`, '{"until":["odd"]}');
      assert.deepEqual(odd, refused('failed to parse value as time or duration: "odd"'));
    }
    const all = (...values: string[]) => ask('POST', '/volumes/prune', JSON.stringify({ all: values }));
    const unreadableAll = `invalid filter 'all': strconv.ParseBool: ${unreadable('maybe')}`;
    assert.deepEqual(await all('maybe'), refused(unreadableAll));
    assert.deepEqual(
      await all('true', 'false'),
      refused("invalid filter 'all=[false true]': only one value is expected"),
    );
    const failed = 'failed to prune build cache';
    assert.deepEqual(
      await ask('POST', '/build/prune', '{"until":["odd"]}'),
      refused(
        `${failed}: "until" filter expects a duration (e.g., '24h') or a timestamp: failed to parse value as time or duration: "odd"`,
      ),
    );
    assert.deepEqual(
      await ask('POST', '/build/prune', both),
      refused(`${failed}: filters expect only one value`),
    );
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
