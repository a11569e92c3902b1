/** Links of containers on the default bridge: `docker run --link`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('links on the default bridge', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const refusal = async (...words: string[]) => {
    const { status, stderr } = await engine().docker(words);
    assert.notEqual(status, 0);
    return stderr;
  };
  const run = (name: string, ...words: string[]) =>
    docker('run', '--detach', '--name', name, ...words, 'busybox', 'sleep', '1000');
  const hosts = (name: string) => docker('exec', name, 'cat', '/etc/hosts');
  const addressOf = (name: string) => engine().inspect(name, '{{.NetworkSettings.IPAddress}}');

  before(async () => {
    await run('store', '--env', 'PASSWORD=secret', '--expose', '5432', '--hostname', 'barn');
    await run('shop', '--link', 'store:db', '--link', 'store', '--env', 'DB_ENV_PASSWORD=own');
  });
  after(() => engine().docker(['rm', '--force', 'store', 'shop', 'taken', 'last']));

  it('are names of the other container in listings', async () => {
    const filters = encodeURIComponent('{"name":["store"]}');
    const { text } = await engine().request('GET', `/containers/json?filters=${filters}`);
    const names = (JSON.parse(text) as { Names: string[] }[]).map(({ Names }) => Names);
    assert.deepEqual(names, [['/shop/db', '/shop/store', '/store']]);
    assert.equal(await docker('ps', '--filter', 'name=store', '--format', '{{.Names}}'), 'store');
  });

  it('are names in the hosts file, and variables', async () => {
    const address = await addressOf('store');
    assert.match(await hosts('shop'), new RegExp(`^${address}\tdb barn store$`, 'm'));
    assert.match(await hosts('shop'), new RegExp(`^${address}\tstore barn$`, 'm'));
    await docker('exec', 'shop', 'ping', '-c1', '-W2', 'db');
    const variables = (await docker('exec', 'shop', 'env')).split('\n');
    for (const variable of [
      `DB_PORT=tcp://${address}:5432`,
      `DB_PORT_5432_TCP_ADDR=${address}`,
      'DB_NAME=/shop/db',
      'DB_ENV_PASSWORD=own',
      'STORE_ENV_PASSWORD=secret',
      `HOSTNAME=${await engine().inspect('shop', '{{.Config.Hostname}}')}`,
    ]) {
      assert.ok(variables.includes(variable), variable);
    }
  });

  it('are shown by inspect, in a form that a request may have', async () => {
    const shown = await engine().inspect('shop', '{{json .HostConfig.Links}}');
    assert.deepEqual(JSON.parse(shown), ['/store:/shop/db', '/store:/shop/store']);
    const body = { Image: 'busybox', Cmd: ['true'], HostConfig: { Links: ['/store:/shop/db'] } };
    const { status } = await engine().request('POST', '/v1.51/containers/create?name=again', { body });
    assert.equal(status, 201);
    assert.equal(await engine().inspect('again', '{{.HostConfig.Links}}'), '[/store:/again/db]');
    await docker('rm', 'again');
  });

  it('follow a container that starts again with another address, and its name', async () => {
    const old = await addressOf('store');
    await docker('stop', '--time', '0', 'store');
    await run('taken');
    assert.equal(await addressOf('taken'), old);
    await docker('rename', 'store', 'warehouse');
    await docker('start', 'warehouse');
    const address = await addressOf('warehouse');
    assert.notEqual(address, old);
    assert.match(await hosts('shop'), new RegExp(`^${address}\tdb barn store$`, 'm'));
    await docker('exec', 'shop', 'ping', '-c1', '-W2', 'db');
    await docker('rename', 'warehouse', 'store');
  });

  it('need the other to run', async () => {
    await docker('stop', '--time', '0', 'shop', 'store');
    assert.match(
      await refusal('start', 'shop'),
      /Cannot link to a non running container: \/store AS \/shop\/db/,
    );
    await docker('start', 'store', 'shop');
  });

  it('are removed one by one', async () => {
    assert.equal(await docker('rm', '--link', 'shop/db'), 'shop/db');
    assert.equal(await engine().inspect('shop', '{{.HostConfig.Links}}'), '[/store:/shop/store]');
    assert.doesNotMatch(await hosts('shop'), /\bdb\b/);
    assert.match(await hosts('shop'), /\tstore barn$/m);
    assert.match(await refusal('rm', '--link', 'shop/db'), /No such container: shop\/db/);
    assert.match(
      await refusal('rm', '--link', 'shop'),
      /Conflict, cannot remove the default link name of the container/,
    );
  });

  it('end with the container that they lead to', async () => {
    await docker('rm', '--force', 'store');
    assert.equal(await engine().inspect('shop', '{{.HostConfig.Links}}'), '[]');
    await docker('restart', '--time', '0', 'shop');
    assert.doesNotMatch(await hosts('shop'), /store/);
  });

  it('that cannot be are refused in the words of Docker', async () => {
    const create = (...words: string[]) => refusal('create', ...words, 'busybox', 'true');
    assert.match(
      await create('--link', 'nobody'),
      /could not get container for nobody: No such container: nobody/,
    );
    assert.match(await create('--link', 'a:b:c'), /bad format for links: a:b:c/);
    const HostConfig = { NetworkMode: 'host', Links: ['shop'] };
    const { status, text } = await engine().request('POST', '/v1.51/containers/create', {
      body: { Image: 'busybox', HostConfig },
    });
    assert.equal(status, 400);
    assert.match(text, /conflicting options: host type networking can't be used with links\./);
    await docker('network', 'create', 'far');
    await run('last', '--network', 'far');
    assert.match(
      await refusal('run', '--rm', '--link', 'last', 'busybox', 'true'),
      /Cannot link to \/last, as it does not belong to the default network/,
    );
    await docker('rm', '--force', 'last');
    await docker('network', 'rm', 'far');
  });
});
