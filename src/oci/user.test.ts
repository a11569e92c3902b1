import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveUser } from './user.ts';

const database = {
  passwd: [
    '# users',
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1::/usr/sbin:/bin/false',
    'alice:x:1000:100:Alice:/home/alice:/bin/sh',
    '7:x:77:77::/seven:/bin/sh',
    'short',
  ].join('\n'),
  group: 'root:x:0:root\nwheel:x:10:root,alice\nusers:x:100:\naudio:x:29:alice\n\nsix:x:6:\n',
};

const resolve = (user: string, added: string[] = []) => resolveUser(user, added, database);

test('users are found by name and by number', () => {
  assert.deepEqual(resolve(''), { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' });
  assert.deepEqual(resolve('alice'), {
    uid: 1000,
    gid: 100,
    additionalGids: [100, 10, 29],
    home: '/home/alice',
  });
  assert.deepEqual(resolve('1000'), resolve('alice'));
  assert.deepEqual(resolve('7'), { uid: 7, gid: 0, additionalGids: [0], home: undefined });
  assert.deepEqual(resolve('alice:'), resolve('alice'));
});

test('an explicit group replaces the groups of the user', () => {
  assert.deepEqual(resolve('alice:six'), { uid: 1000, gid: 6, additionalGids: [6], home: '/home/alice' });
  assert.deepEqual(resolve('5000:6000'), { uid: 5000, gid: 6000, additionalGids: [6000], home: undefined });
  assert.deepEqual(resolve(':six').gid, 6);
});

test('groups are added', () => {
  assert.deepEqual(resolve('daemon', ['audio', '5', '1']).additionalGids, [1, 29, 5]);
});

test('without files only numbers work', () => {
  const empty = { passwd: '', group: '' };
  assert.deepEqual(resolveUser('', [], empty), { uid: 0, gid: 0, additionalGids: [0], home: undefined });
  assert.deepEqual(resolveUser('1:2', [], empty).gid, 2);
  assert.throws(() => resolveUser('root', [], empty), /unable to find user root/);
});

test('unknown names and impossible numbers are refused in Docker’s words', () => {
  const refuse = (user: string, added: string[], message: string) =>
    assert.throws(() => resolve(user, added), { message });
  refuse('bob', [], 'unable to find user bob: no matching entries in passwd file');
  refuse('alice:staff', [], 'unable to find group staff: no matching entries in group file');
  refuse('', ['staff'], 'unable to find group staff: no matching entries in group file');
  refuse('2147483648', [], 'uids and gids must be in range 0-2147483647');
  refuse('-1', [], 'uids and gids must be in range 0-2147483647');
});
