/** `ros config`: what it reads, what it writes, and what it keeps to itself. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { useEngine } from './engine-under-test.ts';

const CONF = '/var/lib/rancher/conf';

describe('ros config', () => {
  const engine = useEngine();
  const run = (script: string) => engine().machine.run(`PATH=/run/bin:$PATH; cd /tmp; ${script}`);
  const output = async (script: string) => {
    const { status, stdout, stderr } = await run(script);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const file = () => output(`cat ${CONF}/cloud-config.yml`);
  const write = (text: string) =>
    output(`mkdir -p -m 700 ${CONF}; cat >${CONF}/cloud-config.yml <<'EOF'\n${text}EOF`);

  beforeEach(() => output(`mkdir -p /run/bin; ln -sf /usr/bin/paddock /run/bin/ros; rm -rf ${CONF}`));

  it('sets and gets', async () => {
    await output('ros config set hostname box; ros c set rancher.modules "[a, b]"');
    assert.equal(await output('ros config get hostname'), 'box\n');
    assert.equal(await output('ros config get rancher.modules'), '- a\n- b\n\n');
    assert.equal(await output('ros config get no.such.key'), '\n');
    assert.equal(await output(`stat -c %a ${CONF} ${CONF}/cloud-config.yml`), '700\n600\n');
  });

  it('keeps comments', async () => {
    await write('#cloud-config\n# mine\nhostname: box # here\n');
    await output('ros config set hostname bag');
    assert.equal(await file(), '#cloud-config\n# mine\nhostname: bag # here\n');
  });

  it('refuses what is wrong, and leaves the file as it is', async () => {
    await write('hostname: box\n');
    for (const [words, expected] of [
      ['rancher.ssh.port 70000', 'rancher.ssh.port: expected a port from 1 to 65535, got 70000'],
      ['rancher.ssh.prot 22', 'rancher.ssh.prot: unknown key; did you mean port?'],
    ] as const) {
      const { status, stderr } = await run(`ros config set ${words}`);
      assert.equal(status, 1);
      assert.equal(stderr, `ros: ${CONF}/cloud-config.yml: ${expected}\n`);
    }
    assert.equal((await run('ros config set hostname')).status, 1);
    assert.equal(await file(), 'hostname: box\n');
  });

  it('loses nothing when several write at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `N${index}`);
    await output(
      `for name in ${names.join(' ')}; do ros config set rancher.environment.$name $name & done; wait`,
    );
    const lines = (await output('ros config get rancher.environment')).split('\n');
    for (const name of names) assert.ok(lines.includes(`${name}: ${name}`), name);
    assert.equal(await output(`ls -A ${CONF}`), 'cloud-config.yml\n');
  });

  it('leaves the old file when the disk is full', async () => {
    await output(
      `mkdir -p ${CONF}; mount -t tmpfs -o size=16k,mode=700 conf ${CONF}; ros config set hostname box`,
    );
    try {
      await output(`dd if=/dev/zero of=${CONF}/filler bs=4k count=4 2>/dev/null; true`);
      const { status, stderr } = await run('ros config set hostname bag');
      assert.equal(status, 1);
      assert.match(stderr, /cloud-config\.yml: cannot be written: .*no space left on device/);
      assert.equal(await output('ros config get hostname'), 'box\n');
      assert.equal(await output(`ls -A ${CONF}`), 'cloud-config.yml\nfiller\n');
    } finally {
      await output(`umount ${CONF}`);
    }
  });

  it('merges a file and standard input', async () => {
    await write('# mine\nrancher: {ssh: {port: 22}}\n');
    await output("echo 'rancher: {ssh: {daemon: false}}' >more.yml; ros config merge -i more.yml");
    await output("printf 'hostname: box\\r\\n' | ros config merge");
    assert.equal(await file(), '# mine\nrancher: {ssh: {port: 22, daemon: false}}\nhostname: box\n');
    const { status, stderr } = await run("printf 'hostname: a\\nrancher: [\\n' | ros config merge");
    assert.equal(status, 1);
    assert.match(stderr, /^ros: standard input:\d+:\d+: /);
    assert.equal(await output('ros config get hostname'), 'box\n');
  });

  it('validates for anybody', async () => {
    await output(
      "printf 'hostname: a\\n' >good.yml; printf 'hostnam: a\\nrancher:\\n  debug: 5\\n' >bad.yml",
    );
    const asNobody = (words: string) => run(`unshare -U ros config validate ${words}`);
    assert.deepEqual(await asNobody('-i good.yml'), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await asNobody('<bad.yml'), {
      status: 1,
      stdout: '',
      stderr:
        'standard input:1:1: hostnam: unknown key; did you mean hostname?\n' +
        'standard input:3:10: rancher.debug: expected true or false, got 5\n',
    });
    assert.match((await asNobody('-i no-such.yml')).stderr, /no-such\.yml/);
    assert.match((await run('unshare -U ros config get hostname')).stderr, /Need to be root/);
  });

  it('exports no secrets, unless it is asked to', async () => {
    await write(
      'hostname: box\n' +
        'rancher:\n  ssh: {port: 22, keys: {rsa: SECRET}}\n  docker: {ca_key: SECRET}\n' +
        '  registry_auths: {r: {password: SECRET}}\n  network: {http_proxy: "http://me:SECRET@proxy"}\n',
    );
    const { stdout, stderr } = await run('ros config export');
    // The kernel words of a machine may have more.
    const exported = '#cloud-config\nhostname: box\nrancher:\n  ssh:\n    port: 22\n';
    assert.ok(stdout.startsWith(exported), stdout);
    assert.ok(!stdout.includes('SECRET'));
    assert.match(stderr, /^left out: .*rancher\.ssh\.keys/);
    assert.ok(!stderr.includes('SECRET'));
    const all = await output('ros config export --private -o out.yml; cat out.yml; stat -c %a out.yml');
    assert.equal(all.match(/SECRET/g)?.length, 4);
    assert.match(all, /^600$/m);
    assert.doesNotMatch(all, /KERNEL_VERSION/);
    assert.match(await output('ros config export --full'), /KERNEL_VERSION/);
    await output('ros config validate -i out.yml');
  });

  it('keeps words behind -- to itself', async () => {
    const words = 'rancher.environment.A=open rancher.environment.A=SECRET rancher.environment.B=SECRET';
    await output(`echo 'cc.hostname=box rancher.environment.A=open -- ${words}' >words`);
    const withWords = (command: string) =>
      output(`unshare -m sh -c 'mount --bind words /proc/cmdline; ${command}' 2>&1`);
    assert.equal(await withWords('ros config get rancher.environment.B'), 'SECRET\n');
    const shown = await withWords('ros config export; ros config sources -a rancher.environment');
    assert.ok(!shown.includes('SECRET'), shown);
    assert.match(shown, /A: open/);
    assert.match(await withWords('ros config export -p'), /B: SECRET/);
  });

  it('says where a value comes from', async () => {
    await output(`mkdir -p ${CONF}/cloud-config.d; echo 'hostname: first' >${CONF}/cloud-config.d/a.yml`);
    await write('# mine\nhostname: second\nrancher: {ssh: {keys: {rsa: SECRET}}}\n');
    const place = `${CONF}/cloud-config.yml`;
    assert.match(
      await output('ros config sources hostname'),
      new RegExp(`^hostname +second +${place}:2:1$`, 'm'),
    );
    const all = await output('ros config sources --all --format json hostname');
    assert.deepEqual(JSON.parse(all), [
      { key: 'hostname', value: 'first', source: `${CONF}/cloud-config.d/a.yml:1:1`, decides: false },
      { key: 'hostname', value: 'second', source: `${place}:2:1`, decides: true },
    ]);
    assert.match(await output('ros config sources rancher.ssh'), /^rancher\.ssh\.keys\.rsa +\(secret\) /m);
    assert.match(
      (await run('ros config sources hostnam')).stderr,
      /nothing sets it; did you mean hostname\?/,
    );
  });

  it('lets a person edit, and checks the text before it counts', async () => {
    await write('hostname: box\n');
    await output(`printf '#!/bin/sh\\nsed -i "s/box/bag/" "$1"\\n' >editor; chmod 755 editor`);
    await output('EDITOR=./editor ros config edit');
    assert.equal(await file(), 'hostname: bag\n');
    assert.equal(await output(`ls -A ${CONF}`), 'cloud-config.yml\n');

    await output(`printf '#!/bin/sh\\necho "rancher: 5" >>"$1"\\n' >editor`);
    const { status, stderr } = await run('EDITOR=./editor ros config edit </dev/null');
    assert.equal(status, 1);
    assert.match(stderr, /:2:10: rancher: expected a map, got 5$/m);
    assert.match(stderr, /your text is in/);
    assert.equal(await file(), 'hostname: bag\n');

    await output(`printf '#!/bin/sh\\nros config set hostname other\\n' >editor`);
    assert.match((await run('EDITOR=./editor ros config edit')).stderr, /changed by somebody else/);
    assert.equal(await file(), 'hostname: other\n');
  });

  it('lists images', async () => {
    const text =
      'rancher: {environment: {V: "2"}, services: {b: {image: "b:@{V}"}, a: {image: a}, c: {image: a}}}';
    await output(`echo '${text.replace('@', '$')}' >services.yml`);
    assert.equal(await output('ros config images -i services.yml'), 'a b:2\n');
  });
});
