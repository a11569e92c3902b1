import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostConfig } from './container-config.ts';
import { type BindMount, containerMounts, parsePropagation, rootPropagation } from './mounts.ts';
import type { SpecMount } from './runtime-spec-types.ts';

function mounts(hostConfig: HostConfig, binds: readonly BindMount[] = [], shmPath?: string): SpecMount[] {
  return containerMounts({ hostConfig, binds, shmPath, writableCgroups: false, first: [] });
}

const destinations = (made: readonly SpecMount[]) => made.map((mount) => mount.destination);
const optionsOf = (made: readonly SpecMount[], path: string) =>
  made.find(({ destination }) => destination === path)?.options;

const BASE = ['/proc', '/dev', '/dev/pts', '/sys', '/sys/fs/cgroup', '/dev/mqueue', '/dev/shm'];

test('own mounts come after the base, the shallow ones first', () => {
  const bind = (destination: string): BindMount => ({ source: '/s', destination });
  const made = mounts({ Tmpfs: { '/run': '' } }, [bind('/a/b/c'), bind('/x'), bind('/a/b')]);
  assert.deepEqual(destinations(made), [...BASE, '/run', '/x', '/a/b', '/a/b/c']);
});

test('own mounts replace those of the base', () => {
  assert.deepEqual(destinations(mounts({}, [{ source: '/s', destination: '/dev' }])), [
    '/proc',
    '/sys',
    '/sys/fs/cgroup',
    '/dev',
  ]);
  assert.equal(
    mounts({ Tmpfs: { '/dev/shm': '' } }).filter((mount) => mount.destination === '/dev/shm').length,
    1,
  );
});

test('/dev/shm follows the IPC mode', () => {
  assert.ok(optionsOf(mounts({ ShmSize: 1048576 }), '/dev/shm')?.includes('size=1048576'));
  assert.ok(optionsOf(mounts({}), '/dev/shm')?.includes('size=67108864'));
  assert.deepEqual(destinations(mounts({ IpcMode: 'none' })), BASE.slice(0, -1));
  const source = (made: SpecMount[]) => made.find(({ destination }) => destination === '/dev/shm')?.source;
  assert.equal(source(mounts({ IpcMode: 'host' })), '/dev/shm');
  assert.equal(source(mounts({ IpcMode: 'shareable' }, [], '/c/shm')), '/c/shm');
});

test('bind mounts are recursive and writable unless said otherwise', () => {
  const options = (bind: Omit<BindMount, 'source' | 'destination'>) =>
    optionsOf(mounts({}, [{ source: '/s', destination: '/d', ...bind }]), '/d');
  assert.deepEqual(options({}), ['rbind']);
  assert.deepEqual(options({ readOnly: true }), ['rbind', 'rro']);
  assert.deepEqual(options({ readOnly: true, readOnlyNonRecursive: true }), ['rbind', 'ro']);
  assert.deepEqual(options({ readOnly: true, nonRecursive: true, propagation: 'rslave' }), [
    'bind',
    'ro',
    'rslave',
  ]);
});

test('the root is shared as far as a mount in it needs', () => {
  const root = (...propagations: BindMount['propagation'][]) =>
    rootPropagation(
      propagations.map((propagation) => ({
        source: '/s',
        destination: '/d',
        ...(propagation && { propagation }),
      })),
    );
  assert.equal(root(undefined, 'rprivate'), undefined);
  assert.equal(root('slave'), 'rslave');
  assert.equal(root('rslave', 'rshared'), 'shared');
  assert.equal(parsePropagation('rshared'), 'rshared');
  assert.throws(() => parsePropagation('public'), /invalid propagation mode: public/);
});

test('tmpfs options are merged, the last word counts', () => {
  const tmpfs = (text: string) => optionsOf(mounts({ Tmpfs: { '/t': text } }), '/t');
  assert.deepEqual(tmpfs(''), ['noexec', 'nosuid', 'nodev', 'rprivate']);
  assert.deepEqual(tmpfs('exec,size=1m,size=2m,rslave'), ['nosuid', 'nodev', 'exec', 'size=2m', 'rslave']);
  assert.throws(() => tmpfs('loud'), { message: 'invalid tmpfs option "loud"' });
  assert.throws(() => tmpfs('exec=1'), { message: 'invalid tmpfs option "exec=1"' });
  assert.throws(() => mounts({ Tmpfs: { t: '' } }), /mount path must be absolute/);
  assert.throws(() => mounts({ Tmpfs: { '//': '' } }), /destination can't be '\/'/);
  const long = {
    Type: 'tmpfs',
    Target: '/m',
    ReadOnly: true,
    TmpfsOptions: { SizeBytes: 9, Mode: 0o700, Options: [['exec']] },
  };
  assert.deepEqual(optionsOf(mounts({ Mounts: [long] }), '/m'), [
    'nosuid',
    'nodev',
    'rprivate',
    'exec',
    'ro',
    'size=9',
    'mode=700',
  ]);
});
