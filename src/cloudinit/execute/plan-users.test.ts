import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../config/schema.ts';
import { planUsers, type UserFacts } from './plan-users.ts';

const before = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nrancher:x:1100:1100:rancher:/home/rancher:/bin/sh\n',
  group: 'root:x:0:\nrancher:x:1100:\ndocker:x:1101:rancher\n',
  shadow: 'root:*:20089:0:99999:7:::\nrancher:*:20089:0:99999:7:::\n',
};
const facts: UserFacts = { ownerOf: () => undefined, isProgram: (path) => path === '/bin/sh' };

function plan(config: Pick<Config, 'users' | 'groups'>, known: Partial<UserFacts> = {}) {
  const { databases, ...rest } = planUsers(config, before, { ...facts, ...known });
  const added = (name: keyof typeof before) => databases[name].slice(before[name].length);
  return { ...rest, databases, passwd: added('passwd'), group: added('group'), shadow: added('shadow') };
}

test('a user has a group, a home and no password', () => {
  const { passwd, group, shadow, users, problems } = plan({ users: [{ name: 'ada', gecos: 'Ada L.' }] });
  assert.deepEqual(problems, []);
  assert.equal(passwd, 'ada:x:1200:1200:Ada L.:/home/ada:/bin/sh\n');
  assert.equal(group, 'ada:x:1200:\n');
  assert.equal(shadow, 'ada:*::0:99999:7:::\n');
  const ada = { name: 'ada', uid: 1200, gid: 1200, home: '/home/ada', hasHome: true, keys: [] };
  assert.deepEqual(users, [ada]);
});

test('groups, rights and a password', () => {
  const { databases, sudoers, shadow } = plan({
    users: [
      {
        name: 'ada',
        groups: 'docker, farm',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        passwd: '$6$x',
        lock_passwd: false,
      },
      {
        name: 'bob',
        groups: ['farm'],
        sudo: ['ALL=(ALL) ALL', 'ALL=NOPASSWD: /sbin/reboot'],
        hashed_passwd: '$6$y',
      },
    ],
  });
  assert.match(databases.group, /^docker:x:1101:rancher,ada$/m);
  assert.match(databases.group, /^farm:x:\d+:ada,bob$/m);
  assert.equal(sudoers, 'ada ALL=(ALL) NOPASSWD:ALL\nbob ALL=(ALL) ALL\nbob ALL=NOPASSWD: /sbin/reboot\n');
  assert.match(shadow, /^ada:\$6\$x:/m);
  assert.match(shadow, /^bob:!\$6\$y:/m);
});

test('who is there already keeps everything and gets what is new', () => {
  const { databases, users } = plan({
    users: [
      { name: 'default' },
      { name: 'rancher', shell: '/bin/other', ssh_authorized_keys: ['ssh-rsa A'] },
    ],
  });
  assert.deepEqual(databases, before);
  assert.deepEqual(
    users.map(({ uid, keys }) => [uid, keys]),
    [[1100, ['ssh-rsa A']]],
  );
});

test('the owner of a home gets its id back', () => {
  assert.match(plan({ users: [{ name: 'ada' }] }, { ownerOf: () => 1234 }).passwd, /^ada:x:1234:1234:/);
  assert.match(plan({ users: [{ name: 'ada' }] }, { ownerOf: () => 1100 }).passwd, /^ada:x:1200:1200:/);
});

test('groups with members', () => {
  const { databases } = plan({ groups: ['farm', { barn: ['rancher'] }] });
  assert.match(databases.group, /^farm:x:1200:$/m);
  assert.match(databases.group, /^barn:x:1201:rancher$/m);
});

test('a mistake costs one line and only its user', () => {
  const { problems, users, databases } = plan({
    users: [
      { name: 'Ada' },
      { name: 'eve', gecos: 'x:0:0' },
      { name: 'mal', sudo: 'ALL=ALL\nALL ALL=(ALL) NOPASSWD:ALL' },
      { name: 'two', uid: 1100 },
      { name: 'bob', shell: '/bin/bash' },
    ],
  });
  assert.deepEqual(problems, [
    'users: Ada: expected a name of small letters, digits, _ and -, got "Ada"',
    'users: eve: gecos: expected a text without colons and line breaks',
    'users: mal: sudo: expected one line for each rule',
    "users: two: uid: 1100 is somebody else's",
    'users: bob: shell: there is no /bin/bash here; it is /bin/sh',
  ]);
  assert.deepEqual(
    users.map(({ name }) => name),
    ['bob'],
  );
  assert.doesNotMatch(databases.passwd, /^(Ada|eve|mal|two):/m);
});
