/** Builds of a directory by the stock client. What stays of the context was captured from Docker 28.5.2. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, stepsOf } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';

const FILES = ['README.md', 'a/README.md', 'a/b/README.md', 'a/b/c.log', 'a/keep.log', 'top.log'];
const ODD_FILES = ['sp ace', '#hash', '!bang', '.git/config'];
const OWN_FILES = ['Dockerfile', '.dockerignore'];
const ALL = [...FILES, ...ODD_FILES, ...OWN_FILES];

/** Lines of a `.dockerignore`, and the files that are then no part of the context. */
const CASES: readonly (readonly [rules: string, ignored: readonly string[]])[] = [
  ['*', ALL],
  ['*\n!README.md', ALL.filter((name) => name !== 'README.md')],
  ['Dockerfile\n.dockerignore', OWN_FILES],
  ['**/*.log\n!a/keep.log', ['a/b/c.log', 'top.log']],
  ['a/**\n!a/b/c.log', ['a/README.md', 'a/b/README.md', 'a/keep.log']],
  ['# README.md\n#hash', []],
  ['\\!bang', ['!bang']],
  ['/README.md\n./top.log', ['README.md', 'top.log']],
  ['a/\n  top.log  ', ['a/README.md', 'a/b/README.md', 'a/b/c.log', 'a/keep.log', 'top.log']],
  ['!README.md\n*.md', ['README.md']],
  ['???.log\n[a-b]/b', ['a/b/README.md', 'a/b/c.log', 'top.log']],
  ['../x\na/../top.log', ['top.log']],
  ['top.log\r\nREADME.md\r', ['README.md', 'top.log']],
  ['\ufefftop.log', ['top.log']],
];

describe('a build by the stock client', () => {
  const engine = useEngine();
  let directory: string;

  const buildDirectory = (...words: string[]) => {
    const environment = { ...engine().clientEnvironment, DOCKER_BUILDKIT: '0' };
    return engine().docker(['build', ...words, directory], { environment });
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'paddock-context-'));
    for (const name of ALL) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), 'x');
    }
    const dockerfile = 'FROM busybox\nCOPY . /x\nRUN cd /x; find . ! -type d | sed s,^./,=,\n';
    await writeFile(join(directory, 'Dockerfile'), dockerfile);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  for (const [rules, ignored] of CASES) {
    it(`leaves out what .dockerignore says: ${JSON.stringify(rules)}`, async () => {
      await writeFile(join(directory, '.dockerignore'), `${rules}\n`);
      const { status, stdout, stderr } = await buildDirectory('--no-cache', '--network', 'none');
      assert.equal(status, 0, stderr);
      const found = [...stdout.matchAll(/^=(.*)$/gm)].map(([, name]) => name);
      assert.deepEqual(found.sort(), ALL.filter((name) => !ignored.includes(name)).sort());
    });
  }

  it('keeps proxies out of the history, and takes a step from the cache whatever the proxy is', async () => {
    const step = 'RUN echo "by $HTTP_PROXY $no_proxy"\n';
    const proxied = async (dockerfile: string, proxy: string) => {
      const proxies = ['--build-arg', `HTTP_PROXY=${proxy}`, '--build-arg', 'no_proxy=here'];
      const words = [...proxies, '--network', 'none', '--tag', 'proxied:1'];
      const outcome = await build(engine(), dockerfile, { words });
      assert.equal(outcome.status, 0, outcome.stderr);
      return stepsOf(outcome);
    };
    const history = () => engine().output('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'proxied:1');
    assert.ok((await proxied(`FROM busybox\n${step}`, 'http://one')).includes('by http://one here'));
    assert.doesNotMatch(await history(), /http:|here/);
    assert.match(await history(), /^\/bin\/sh -c echo/); // Docker has `|0` before it, and so a cache of its own.
    assert.ok((await proxied(`FROM busybox\n${step}`, 'http://two')).includes(' ---> Using cache'));
    // One that the Dockerfile declares is an argument like any other.
    await proxied(`FROM busybox\nARG HTTP_PROXY\n${step}`, 'http://two');
    assert.match(await history(), /^\|1 HTTP_PROXY=http:\/\/two \/bin\/sh -c echo/);
    await engine().output('rmi', 'proxied:1');
  });

  it('is told what only experimental engines and BuildKit can do', async () => {
    const squash = await buildDirectory('--squash');
    assert.equal(squash.status, 1);
    assert.match(squash.stderr, /"--squash" is only supported on a Docker daemon with experimental features/);
    const answer = await engine().request('POST', '/build?squash=1');
    const message = 'squash is only supported with experimental mode';
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [400, { message }]);
    const dockerfile = 'FROM busybox\nRUN --mount=type=secret,id=a true\n';
    const secret = await build(engine(), dockerfile);
    assert.equal(secret.status, 1);
    assert.match(secret.stderr, /the --mount option requires BuildKit/);
  });
});
