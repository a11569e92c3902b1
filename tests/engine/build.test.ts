/** docker build: output, cache, instructions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build, stepsOf } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';
import { listScratch } from './load-archive.ts';
import { type RawMember, rawTar } from './raw-tar.ts';

describe('build', () => {
  const engine = useEngine();
  const docker = (...words: string[]) => engine().output(...words);
  const built = async (dockerfile: string, files: readonly RawMember[] = [], ...words: string[]) => {
    const outcome = await build(engine(), dockerfile, { files, words });
    assert.equal(outcome.status, 0, `${outcome.stdout}${outcome.stderr}`);
    return outcome;
  };
  const refusal = async (dockerfile: string, files: readonly RawMember[] = [], ...words: string[]) => {
    const outcome = await build(engine(), dockerfile, { files, words });
    assert.notEqual(outcome.status, 0, outcome.stdout);
    return outcome.stderr;
  };
  const run = (...words: string[]) => docker('run', '--rm', ...words);

  it('prints what Docker prints, and takes the second time from the cache', async () => {
    const dockerfile = 'FROM busybox\nENV A=b\nRUN echo hi > /hi; echo seen\nCOPY x /x\nCMD ["cat","/hi"]\n';
    const files = [{ name: 'x', content: 'x' }];
    const first = await built(dockerfile, files, '--tag', 'built:1');
    const made = [' ---> Running in ID', ' ---> Removed intermediate container ID', ' ---> ID'];
    assert.deepEqual(stepsOf(first), [
      'Step 1/5 : FROM busybox',
      ' ---> ID',
      'Step 2/5 : ENV A=b',
      ...made,
      'Step 3/5 : RUN echo hi > /hi; echo seen',
      ' ---> Running in ID',
      'seen',
      ...made.slice(1),
      'Step 4/5 : COPY x /x',
      ' ---> ID',
      'Step 5/5 : CMD ["cat","/hi"]',
      ...made,
      'Successfully built ID',
      'Successfully tagged built:1',
    ]);
    const cached = stepsOf(await built(dockerfile, files, '--tag', 'built:2'));
    assert.equal(cached.filter((line) => line === ' ---> Using cache').length, 4);
    assert.equal(await engine().inspect('built:2', '{{.Id}}'), await engine().inspect('built:1', '{{.Id}}'));
    const changed = stepsOf(await built(dockerfile, [{ name: 'x', content: 'y' }], '--tag', 'built:2'));
    assert.equal(changed.filter((line) => line === ' ---> Using cache').length, 2);
    assert.equal(await run('built:2', 'cat', '/hi', '/x'), 'hi\ny');
    const history = await docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'built:1');
    assert.match(
      history,
      /^\/bin\/sh -c #\(nop\) {2}CMD \["cat" "\/hi"\]\n\/bin\/sh -c #\(nop\) COPY file:[0-9a-f]{64} in \/x \n\/bin\/sh -c echo hi > \/hi; echo seen\n\/bin\/sh -c #\(nop\) {2}ENV A=b$/,
    );
    const quiet = await built(dockerfile, files, '--quiet');
    assert.equal(quiet.stdout.trim(), await engine().inspect('built:1', '{{.Id}}'));
    assert.equal(await docker('ps', '--all', '--quiet'), '');
    assert.equal(await engine().inMachine(listScratch), '');
  });

  it('makes images that hold what the instructions say', async () => {
    await built(
      `FROM busybox
LABEL a="b c" d=e
MAINTAINER me
WORKDIR /srv
WORKDIR data
RUN pwd > where
USER 1:2
RUN id -u > /tmp/id
EXPOSE 80 8000-8001/udp
VOLUME /volume
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s CMD true
SHELL ["/bin/sh", "-ec"]
ONBUILD RUN echo triggered > /tmp/trigger
ENTRYPOINT ["echo"]
CMD ["hello"]
`,
      [],
      '--tag',
      'config:1',
    );
    const config = JSON.parse(await engine().inspect('config:1', '{{json .Config}}'));
    assert.deepEqual(config.Labels, { a: 'b c', d: 'e' });
    assert.deepEqual(config.ExposedPorts, { '80/tcp': {}, '8000/udp': {}, '8001/udp': {} });
    assert.deepEqual(config.Volumes, { '/volume': {} });
    assert.deepEqual(config.Healthcheck, { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 });
    assert.deepEqual(
      [config.Entrypoint, config.Cmd, config.Shell],
      [['echo'], ['hello'], ['/bin/sh', '-ec']],
    );
    assert.deepEqual([config.User, config.WorkingDir, config.StopSignal], ['1:2', '/srv/data', 'SIGINT']);
    assert.equal(await engine().inspect('config:1', '{{.Author}}'), 'me');
    assert.equal(await run('config:1'), 'hello');
    assert.equal(await run('--entrypoint', 'cat', 'config:1', 'where', '/tmp/id'), '/srv/data\n1');
    const child = stepsOf(await built('FROM config:1\n', [], '--tag', 'child:1'));
    assert.equal(child[1], '# Executing 1 build trigger');
    assert.equal(await run('--entrypoint', 'cat', 'child:1', '/tmp/trigger'), 'triggered');
    assert.equal(await engine().inspect('child:1', '{{.Config.OnBuild}}'), '[]');
    await docker('rmi', 'child:1', 'config:1');
  });

  it('replaces variables, and takes arguments', async () => {
    const dockerfile = `ARG base=nonsense
ARG unused
FROM $base
ARG base
ARG greeting=hello
ARG who
ENV FULL="$greeting \${who:-nobody}"
RUN echo "$FULL $who$base $HTTP_PROXY" > /result
LABEL full=$FULL
`;
    const words = ['--build-arg', 'base=busybox', '--build-arg', 'who=you', '--build-arg', 'HTTP_PROXY=p'];
    const first = await built(dockerfile, [], ...words, '--build-arg', 'other=1', '--tag', 'arguments:1');
    assert.match(first.stdout, /^\[Warning\] One or more build-args \[other\] were not consumed$/m);
    assert.match(first.stdout, /^Step 1\/9 : ARG base=nonsense$/m);
    assert.equal(await run('arguments:1', 'cat', '/result'), 'hello you youbusybox p');
    assert.equal(await engine().inspect('arguments:1', '{{.Config.Labels.full}}'), 'hello you');
    const again = await built(dockerfile, [], ...words, '--build-arg', 'who=me', '--tag', 'arguments:1');
    assert.equal(await run('arguments:1', 'cat', '/result'), 'hello me mebusybox p');
    assert.equal(again.stdout.match(/Using cache/g)?.length, 3);
    await docker('rmi', 'arguments:1');
  });

  it('copies by the rules of COPY', async () => {
    const files: RawMember[] = [
      { name: 'a', content: 'a', mode: 0o640, uid: 7, time: 1_000_000_000 },
      { name: 'tree/', type: 'directory', mode: 0o750, time: 1_000_000_000 },
      { name: 'tree/one.txt', content: '1' },
      { name: 'tree/two.txt', content: '2' },
      { name: 'tree/deep/link', type: 'link', target: '/etc/passwd' },
      { name: '[b]', content: 'b' },
    ];
    await built(
      `FROM busybox
RUN mkdir -p /there/old && ln -s /there /linked && echo u:x:55:66::/:/bin/sh >> /etc/passwd && echo u:x:77: >> /etc/group
COPY a /new/deep/a
COPY a /there
COPY a b* tree/*.txt /linked/many/
COPY tree /tree
COPY tree/ /linked/old
COPY --chown=u --chmod=705 a /owned
COPY --chown=3:4 tree /ownedtree
COPY ["a", "/with space"]
WORKDIR /work
COPY a rel
COPY [[]b] ./
COPY <<one <<"two" /documents/
home: $PATH
one
raw: $PATH
two
`,
      files,
      '--tag',
      'copies:1',
    );
    const listing = await run(
      ...['copies:1', 'sh', '-c'],
      `stat -c '%n %a %u:%g %Y' /new/deep /new/deep/a /owned /ownedtree /ownedtree/one.txt
       ls /there /there/many /there/old /tree /tree/deep /work; readlink /tree/deep/link; cat '/with space' /work/rel
       echo; cat /documents/*`,
    );
    const lines = listing.split('\n');
    assert.match(lines[0] ?? '', /^\/new\/deep 755 0:0 /);
    assert.deepEqual(lines.slice(1, 3), ['/new/deep/a 640 0:0 1000000000', '/owned 705 55:77 1000000000']);
    assert.match(lines[3] ?? '', /^\/ownedtree 755 3:4 /);
    assert.deepEqual(lines.slice(4), [
      '/ownedtree/one.txt 644 3:4 0',
      ...['/there:', 'a', 'many', 'old', ''],
      ...['/there/many:', 'a', 'one.txt', 'two.txt', ''],
      ...['/there/old:', 'deep', 'one.txt', 'two.txt', ''],
      ...['/tree:', 'deep', 'one.txt', 'two.txt', ''],
      ...['/tree/deep:', 'link', ''],
      ...['/work:', '[b]', 'rel'],
      '/etc/passwd',
      'aa',
      'home: /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'raw: $PATH',
    ]);
    await docker('rmi', 'copies:1');
  });

  it('builds in several stages', async () => {
    const dockerfile = `FROM busybox AS First
RUN echo one > /one
FROM scratch AS second
COPY --from=first /one /bin/
COPY --from=0 /one /zero
FROM first
COPY --from=second / /copied
COPY --from=busybox /etc/passwd /from-image
RUN cat /copied/bin/one /copied/zero /one
`;
    const whole = await built(dockerfile, [], '--tag', 'stages:1');
    assert.match(whole.stdout, /\none\none\none\n/);
    assert.match(whole.stdout, /^Step 3\/9 : FROM scratch AS second\n ---> \n/m);
    await built(dockerfile, [], '--target', 'second', '--label', 'l=1', '--tag', 'second:1');
    assert.equal(await engine().inspect('second:1', '{{len .RootFS.Layers}} {{.Config.Labels.l}}'), '2 1');
    assert.match(
      await refusal(dockerfile, [], '--target', 'third'),
      /target stage "third" could not be found/,
    );
    await docker('rmi', 'stages:1', 'second:1');
  });

  it('unpacks what ADD brings', async () => {
    const archive = rawTar([
      { name: 'dir/', type: 'directory', mode: 0o711, uid: 9 },
      { name: 'dir/file', content: 'unpacked', uid: 9, gid: 8, mode: 0o600 },
    ]);
    const files = [
      { name: 'a.tar', content: archive },
      { name: 'a.tgz', content: gzipSync(archive) },
      { name: 'plain.gz', content: gzipSync('not an archive') },
    ];
    const dockerfile = 'FROM busybox\nADD a.tar /tar/\nADD a.tgz plain.gz /tgz/\nCOPY a.tar /kept.tar\n';
    await built(dockerfile, files, '--tag', 'added:1');
    const script = `stat -c '%n %a %u:%g' /tar/dir/file /kept.tar /tgz/dir; stat -c %s /kept.tar /tgz/plain.gz`;
    assert.deepEqual((await run('added:1', 'sh', '-c', script)).split('\n'), [
      '/tar/dir/file 600 9:8',
      '/kept.tar 644 0:0',
      '/tgz/dir 711 9:0',
      String(archive.length),
      String(gzipSync('not an archive').length),
    ]);
    await docker('rmi', 'added:1');
  });

  it('runs scripts in here-documents', async () => {
    const { stdout } = await built(
      "FROM busybox\nRUN <<EOF\necho first\necho second\nEOF\nRUN cat <<'END' | tr a-z A-Z\nshout $HOME\nEND\n",
    );
    assert.match(stdout, /\nfirst\nsecond\n/);
    assert.match(stdout, /\nSHOUT \$HOME\n/);
  });

  it('leaves out what .dockerignore names', async () => {
    const files = [
      { name: '.dockerignore', content: '# no logs\n*.log\n**/secret\nskip\n!skip/kept\n' },
      { name: 'a.log', content: '1' },
      { name: 'deep/secret', content: '2' },
      { name: 'deep/b.log', content: '3' },
      { name: 'skip/kept', content: '4' },
      { name: 'skip/gone', content: '5' },
    ];
    await built('FROM busybox\nCOPY . /context\n', files, '--tag', 'ignored:1');
    const listing = await run('ignored:1', 'sh', '-c', 'cd /context && find . -type f | sort');
    assert.deepEqual(listing.split('\n'), ['./.dockerignore', './Dockerfile', './deep/b.log', './skip/kept']);
    await docker('rmi', 'ignored:1');
  });

  it('removes the steps of an image with it', async () => {
    const count = async () => (await docker('images', '--all', '--quiet')).split('\n').length;
    await docker('image', 'prune', '--force');
    const before = await count();
    await built('FROM busybox\nRUN echo 1 > /1\nRUN echo 2 > /2\nENV A=b\n', [], '--tag', 'steps:1');
    assert.equal(await count(), before + 3);
    await docker('rmi', 'steps:1');
    assert.equal(await count(), before);
  });
});
