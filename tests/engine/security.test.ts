/** Rights of containers: capabilities, seccomp, users, read-only places. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { outputOf } from '../system/process.ts';
import { useEngine } from './engine-under-test.ts';

describe('security options', () => {
  const engine = useEngine();
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paddock-security-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const run = (options: string[], ...command: string[]) =>
    engine().docker(['run', '--rm', ...options, busybox, ...command]);
  const status = async (options: string[], field: string) => {
    const text = outputOf(await run(options, 'grep', `^${field}:`, '/proc/self/status'));
    return text.split(/\s+/)[1];
  };

  it('seccomp is the default profile, none, or one of the user', async () => {
    assert.equal(await status([], 'Seccomp'), '2');
    assert.equal(await status(['--security-opt', 'seccomp=unconfined'], 'Seccomp'), '0');
    assert.equal(await status(['--privileged'], 'Seccomp'), '0');
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    };
    await writeFile(join(folder, 'profile.json'), JSON.stringify(profile));
    const options = ['--security-opt', `seccomp=${join(folder, 'profile.json')}`];
    const refused = await run(options, 'mkdir', '/new');
    assert.match(refused.stderr, /Operation not permitted/);
    assert.equal((await run([], 'mkdir', '/new')).status, 0);
    assert.equal((await run([...options, '--cap-add', 'ALL'], 'ls', '/')).status, 0);
  });

  it('the default profile refuses what needs rights that the container lacks', async () => {
    const unshare = ['unshare', '--mount', 'true'];
    assert.match((await run([], ...unshare)).stderr, /Operation not permitted/);
    assert.equal((await run(['--cap-add', 'SYS_ADMIN'], ...unshare)).status, 0);
  });

  it('no-new-privileges is a flag of the process', async () => {
    assert.equal(await status([], 'NoNewPrivs'), '0');
    assert.equal(await status(['--security-opt', 'no-new-privileges'], 'NoNewPrivs'), '1');
  });

  it('labels and profiles of security modules that are not there have no effect', async () => {
    const options = ['--security-opt', 'apparmor=unconfined', '--security-opt', 'label=disable'];
    assert.equal((await run(options, 'true')).status, 0);
    assert.match(
      (await run(['--security-opt', 'shoe=1'], 'true')).stderr,
      /invalid --security-opt 2: "shoe=1"/,
    );
  });

  it('groups are added', async () => {
    const options = ['--user', '1000:1000', '--group-add', '2000', '--group-add', 'root'];
    assert.match(outputOf(await run(options, 'id', '-G')), /^1000 0 2000$/);
  });

  it('user namespaces: the host’s is what there is', async () => {
    assert.equal((await run(['--userns', 'host'], 'true')).status, 0);
  });

  it('graphics processors are refused clearly', async () => {
    const { stderr, status } = await run(['--gpus', 'all'], 'true');
    assert.equal(status, 125);
    assert.match(stderr, /could not select device driver/);
  });

  it('sysctls of the container’s own namespaces can be set, others not', async () => {
    const text = await run(['--sysctl', 'net.core.somaxconn=99'], 'cat', '/proc/sys/net/core/somaxconn');
    assert.equal(outputOf(text), '99');
    assert.match((await run(['--sysctl', 'vm.swappiness=1'], 'true')).stderr, /sysctl/);
  });
});
