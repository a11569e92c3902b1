/** The small commands of `ros`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

describe('ros', () => {
  const engine = useEngine();
  const run = (script: string) =>
    engine().machine.run(
      `mkdir -p /run/bin; ln -sf /usr/bin/paddock /run/bin/ros; PATH=/run/bin:$PATH; ${script}`,
    );

  it('env runs a command with the variables of the configuration', async () => {
    const set = 'ros config set rancher.environment.CROP "two words"';
    const { status, stdout } = await run(`${set} && ros env sh -c 'echo "$CROP"; exit 3'`);
    assert.equal(stdout, 'two words\n');
    assert.equal(status, 3);
  });

  it('dev finds a device by what is on it', async () => {
    assert.equal((await run('ros dev /dev/null')).stdout, '/dev/null\n');
    for (const [name, message] of [
      ['LABEL=NO_SUCH_LABEL', 'LABEL=NO_SUCH_LABEL: there is no such device'],
      ['label', 'label: expected LABEL=, UUID= or PARTLABEL= and a text, or a path in /dev'],
    ]) {
      const { status, stderr } = await run(`ros dev ${name}`);
      assert.equal(status, 1);
      assert.equal(stderr, `ros: ${message}\n`);
    }
  });

  it('entrypoint becomes the command of a service', async () => {
    const { status, stdout } = await run('ros entrypoint sh -c \'echo "$0 $1"; exit 4\' a b');
    assert.equal(stdout, 'a b\n');
    assert.equal(status, 4);
    assert.equal((await run('ros entrypoint')).status, 2);
  });

  it('wait-for-docker returns as soon as an engine answers at its socket', async () => {
    const { status, stderr } = await run(
      'ln -sf /usr/bin/paddock /run/bin/wait-for-docker; (sleep 1; ln -s /run/sockets/docker.sock /var/run/docker.sock) & wait-for-docker',
    );
    assert.equal(status, 0, stderr);
  });

  it('config generate fills a template from the environment', async () => {
    const template = 'v: {{.V}}{{if .NONE}} never{{else}} else{{end}} {{.NONE}}';
    const { stdout } = await run(`echo '${template}' | V=7 ros config generate`);
    assert.equal(stdout, 'v: 7 else <no value>\n');
    const { status, stderr } = await run("echo '{{if .V}}' | ros config generate");
    assert.equal(status, 1);
    assert.match(stderr, /\{\{if\}\} without \{\{end\}\}/);
  });

  it('config syslinux says when there is nothing to edit', async () => {
    const { status, stderr } = await run('ros config syslinux');
    assert.equal(status, 1);
    assert.match(stderr, /there is no \/boot\/global.cfg: rancher.state.boot_dev/);
  });

  it('tls generate makes what openssl takes, by an authority that stays', async () => {
    const script = `ros tls generate -s -H box.test -H 192.0.2.1 -d /tmp/server && ros tls gen -d /tmp/client &&
      ros tls gen -d /tmp/again && cmp /tmp/client/ca.pem /tmp/again/ca.pem && ! cmp -s /tmp/client/key.pem /tmp/again/key.pem`;
    const { status, stdout, stderr } = await run(script);
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^\/tmp\/server\/ca\.pem\n\/tmp\/server\/server-cert\.pem\n\/tmp\/server\/server-key\.pem\n/,
    );
    const keys = 'ros config get rancher.docker.server_key | cmp - /tmp/server/server-key.pem';
    assert.equal((await run(`${keys}; stat -c %a /tmp/client/key.pem /tmp/client`)).stdout, '400\n700\n');

    const directory = mkdtempSync(join(tmpdir(), 'paddock-tls-'));
    try {
      for (const name of ['client/ca', 'client/cert', 'server/server-cert', 'server/server-key']) {
        const { stdout: text } = await run(`cat /tmp/${name}.pem`);
        writeFileSync(join(directory, name.replace(/.*\//, '')), text);
      }
      const openssl = (...words: string[]) =>
        execFileSync('openssl', words, { cwd: directory, encoding: 'utf8', stdio: 'pipe' });
      const verify = ['verify', '-x509_strict', '-CAfile', 'ca'];
      const server = [...verify, '-purpose', 'sslserver'];
      assert.equal(openssl(...server, '-verify_hostname', 'box.test', 'server-cert'), 'server-cert: OK\n');
      assert.equal(openssl(...server, '-verify_ip', '192.0.2.1', 'server-cert'), 'server-cert: OK\n');
      assert.throws(() => openssl(...server, '-verify_hostname', 'else.test', 'server-cert'));
      assert.equal(openssl(...verify, '-purpose', 'sslclient', 'cert'), 'cert: OK\n');
      assert.throws(() => openssl(...verify, '-purpose', 'sslclient', 'server-cert'));
      const publicKeys = [
        openssl('x509', '-in', 'server-cert', '-noout', '-pubkey'),
        openssl('pkey', '-in', 'server-key', '-pubout'),
      ];
      assert.equal(publicKeys[0], publicKeys[1]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('tls generate says what is wrong with the authority, and with a name', async () => {
    await run('ros config set rancher.docker.ca_key nonsense');
    for (const [words, message] of [
      ['tls gen -d /tmp/x', 'ros: private key of the authority: unsupported'],
      [
        'tls gen -s -H a,b',
        'ros tls generate: invalid argument "a,b" for "-H, --hostname" flag: expected a host name or an address',
      ],
    ]) {
      const { status, stderr } = await run(`ros ${words}`);
      assert.equal(status, 1);
      assert.equal(stderr.split('\n')[0], message);
    }
    assert.equal((await run('ls /tmp/x')).status, 1);
  });

  it('completion gives bash a script that it understands', async () => {
    const { stdout } = await run('ros completion bash');
    const offered = (words: string) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=(ros ${words} ''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _ros; echo "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      );
    assert.match(offered('tls'), /^generate gen\n/);
    assert.match(offered('config get'), /\brancher\.ssh\.port\b/);
  });
});
