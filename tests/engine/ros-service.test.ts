/** `ros service` with services of the configuration, of repositories and of files. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';

const CONF = '/var/lib/rancher/conf';
const SYSTEM = 'labels: {io.rancher.os.scope: system';

/** A repository. */
const FILES: Readonly<Record<string, string>> = {
  '/index.yml': 'services: [hello]\n',
  '/h/hello.yml': `hello: {image: busybox, command: sleep 1000, ${SYSTEM}}}\n`,
};

describe('ros service', () => {
  const engine = useEngine({ sharesNetwork: true });
  const run = (script: string) => engine().machine.run(`PATH=/run/bin:$PATH; cd /tmp; ${script}`);
  const output = async (script: string) => {
    const { status, stdout, stderr } = await run(script);
    assert.equal(status, 0, stderr + stdout);
    return stdout;
  };
  const configure = (services: string, rest = '') =>
    output(
      `mkdir -p -m 700 ${CONF}; cat >${CONF}/cloud-config.yml <<'EOF'\nrancher:\n  services:\n${services}\n${rest}\nEOF`,
    );
  const id = (name: string) => engine().inspect(name, '{{.Id}}');
  const state = (name: string) => engine().inspect(name, '{{.State.Status}}');
  const removeAll = () =>
    output(
      `for id in $(system-docker ps -aq --filter label=com.docker.compose.project=os); do system-docker rm -f -v $id; done`,
    );

  beforeEach(async () => {
    await output(
      `mkdir -p /run/bin /var/run; ln -sf /usr/bin/paddock /run/bin/ros; ln -sf /usr/bin/paddock /run/bin/system-docker
      [ -e /var/run/system-docker.sock ] || ln -s /run/sockets/docker.sock /var/run/system-docker.sock
      rm -rf ${CONF} /var/lib/rancher/cache`,
    );
  });
  afterEach(() => removeAll());

  it('brings services up in their order, and does nothing the second time', async () => {
    await configure(`
    data: {image: busybox, command: echo, volumes: [/data], ${SYSTEM}, io.rancher.os.createonly: "true"}}
    job: {image: busybox, command: sh -c "echo done >/data/job", volumes_from: [data], ${SYSTEM}}}
    web:
      image: busybox
      command: sh -c "cat /data/job && touch /tmp/ready && exec sleep 1000"
      volumes_from: [data]
      depends_on: {job: {condition: service_completed_successfully}}
      healthcheck: {test: [CMD, test, -e, /tmp/ready], interval: 30s, start_period: 20s, start_interval: 200ms}
      deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}
      ${SYSTEM}}
    late: {image: busybox, command: sleep 1000, ${SYSTEM}, io.rancher.os.after: 'web:healthy, nobody'}}
    other: {image: busybox, command: sleep 1000, ${SYSTEM}}}`);
    const lines = await output('ros service up late');
    const names = lines.split('\n').map((line) => line.replace(/ \(.*/, ''));
    assert.deepEqual(names, [
      ...['data: created', 'job: finished', 'web: started', 'web: healthy', 'late: started', ''],
    ]);
    assert.equal(
      await engine().inspect('web', '{{.State.Health.Status}} {{.HostConfig.RestartPolicy.Name}}'),
      'healthy on-failure',
    );
    assert.match((await engine().docker(['inspect', 'other'])).stderr, /no such object: other/i);
    assert.equal(await output('ros service up late'), '');
    assert.match(await output('ros service logs web'), /^web \| done$/m);
    const entries = JSON.parse(await output('ros service ps --format json')) as {
      name: string;
      state: string;
    }[];
    assert.deepEqual(
      entries.map(({ name, state: now }) => `${name} ${now}`),
      ['data created', 'job exited', 'late running', 'web running'],
    );
  });

  it('builds images that have a Dockerfile, when they are not there and when it is asked to', async () => {
    await output(`mkdir -p /tmp/site/ignored; cd /tmp/site; echo one >page; echo ignored >.dockerignore
cat >Dockerfile <<'EOF'
FROM busybox AS small
ARG GREETING=none
RUN echo $GREETING >/greeting
COPY . /site
FROM small
RUN exit 3
EOF`);
    const definition = (target: string, context = '/tmp/site') => `
    site:
      build: { context: ${context}, target: ${target}, args: { GREETING: hi }, network: none }
      command: sh -c "cat /greeting /site/page; ls /site; exec sleep 1000"
      ${SYSTEM}}
    plain: {image: busybox, command: sleep 1000, ${SYSTEM}}}`;
    await configure(definition('small'));
    assert.match(
      (await run('ros service up --no-build site')).stderr,
      /os_site is not there; ros service build/,
    );
    assert.match(
      await output('ros service up site'),
      /Successfully tagged os_site:latest[\s\S]*site: started/,
    );
    const first = await id('site');
    const shown = async () => (await output('ros service logs site')).replaceAll('site | ', '');
    await eventually('it has what was built', async () => (await shown()) === 'hi\none\nDockerfile\npage\n');
    assert.equal(await output('ros service up site'), '');

    await output('echo two >/tmp/site/page; ros service build; ros service up site');
    assert.notEqual(await id('site'), first);
    await eventually('it has what was built now', async () => /^two$/m.test(await shown()));
    assert.match(await output('ros service build site'), /Using cache/);
    assert.doesNotMatch(await output('ros service build --no-cache site'), /Using cache/);
    assert.match((await run('ros service build plain')).stderr, /plain uses an image, skipping/);

    const fails = async (text: string, message: RegExp) => {
      await configure(text);
      const { status, stderr } = await run('ros service build site');
      assert.equal(status, 1);
      assert.match(stderr, message);
    };
    await fails(definition('""'), /site: its image os_site cannot be built: .*exit 3.* non-zero code: 3/);
    await fails(definition('small', '/tmp/nowhere'), /site: build.context: .*\/tmp\/nowhere/);
    await fails(
      definition('small', './site'),
      /build.context: expected an absolute path or a URL, got ".\/site"/,
    );
    assert.equal(await state('site'), 'running');
  });

  it('makes a container anew if its definition has changed, and only then', async () => {
    const box = (command: string) => configure(`    box: {image: busybox, command: ${command}, ${SYSTEM}}}`);
    await box('sleep 1000');
    await output('ros service up');
    const first = await id('box');
    await output('ros service up box');
    assert.equal(await id('box'), first);
    await box('sleep 2000');
    await output('ros service up --no-recreate');
    assert.equal(await id('box'), first);
    await output('ros service up');
    const second = await id('box');
    assert.notEqual(second, first);
    await output('ros service up --force-recreate box');
    assert.notEqual(await id('box'), second);
  });

  it('stops, starts, restarts, kills and removes', async () => {
    await configure(`
    aa: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, ${SYSTEM}}}
    bb: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, ${SYSTEM}, io.rancher.os.after: aa}}`);
    await output('ros service create aa bb');
    assert.equal(await state('bb'), 'created');
    assert.equal(await output('ros service start bb aa'), 'aa\nbb\n');
    assert.equal(await output('ros service restart -t 1 aa'), 'aa\n');
    assert.equal(await output('ros service stop -t 1 aa bb'), 'bb\naa\n');
    assert.equal(await state('aa'), 'exited');
    await output('ros service start aa; ros service kill -s KILL aa');
    assert.equal((await run('echo n | ros service rm aa')).status, 1);
    assert.equal(await output('echo y | ros service rm aa'), 'aa\n');
    assert.equal(await output('ros service start bb >/dev/null; ros service down -t 1 bb'), 'bb\n');
    const { status, stderr } = await run('ros service start aa');
    assert.equal(status, 1);
    assert.equal(stderr, 'ros: aa has no container; `ros service up aa` makes it\n');
    assert.match((await run('ros service stop')).stderr, /Must specify one or more services/);
    assert.match((await run('ros service up aba')).stderr, /aba is not a service; did you mean aa\?/);
  });

  it('shows what a failed service wrote, and does not start what needs it', async () => {
    await configure(`
    bad: {image: busybox, command: sh -c "echo oh no; exit 3", ${SYSTEM}, io.rancher.os.detach: "false"}}
    next: {image: busybox, command: sleep 1000, ${SYSTEM}}, depends_on: {bad: {condition: service_completed_successfully}}}`);
    const { status, stderr } = await run('ros service up');
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'bad: it exited with status 3\n  oh no\nnext: it needs bad\nros: bad, next could not be brought up\n',
    );
  });

  it('makes the networks of a service, and takes them for one another', async () => {
    await configure(`
    one: {image: busybox, command: sleep 1000, networks: [front], ${SYSTEM}}}
    two: {image: busybox, command: sleep 1000, networks: {front: {aliases: [deux]}}, ${SYSTEM}}}`);
    try {
      await output('ros service up');
      assert.match(await engine().output('exec', 'one', 'ping', '-c', '1', 'deux'), /1 packets received/);
    } finally {
      await removeAll();
      await engine().docker(['network', 'rm', 'front']);
    }
  });

  it('takes services from a repository, also when it is gone, and from a file', async () => {
    const server = createServer((request, response) => {
      const body = FILES[request.url ?? ''];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const repositories = `  repositories: {core: {url: "http://127.0.0.1:${port}/"}}`;
    await configure('    own: {image: busybox, labels: {io.rancher.os.scope: system}}', repositories);
    assert.equal(await output('ros service list'), 'disabled hello\nenabled  own\n');
    await output('ros service enable hello');
    assert.equal(await output('ros config get rancher.services_include'), 'hello: true\n\n');
    assert.match(
      (await run('ros service enable nothing')).stderr,
      /nothing is not a valid service: .*status 404/,
    );
    server.close();
    await once(server, 'close');
    await output('ros service list --update');
    await output('ros service up hello');
    assert.equal(await state('hello'), 'running');
    assert.equal(await output('ros service list'), 'enabled  hello\nenabled  own\n');

    await output('ros service disable hello own');
    assert.equal(await output('ros service list'), 'disabled hello\ndisabled own\n');
    await output('ros service delete hello own');

    const path = `${CONF}/mine.yml`;
    await output(
      `printf 'services:\\n  mine: {image: busybox, command: sleep 1000, ${SYSTEM}}}\\n' >${path}`,
    );
    await output(`ros service enable ${path}; ros service up mine`);
    assert.equal(await state('mine'), 'running');
    assert.match((await run('ros service enable /etc/passwd')).stderr, /Service should be in path/);
  });
});
