import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planPasswords } from './passwords.ts';

const HASH = '$6$salt$GUEhVcBsU6CH';

describe('planPasswords()', () => {
  test('takes texts and hashes wherever they are written', () => {
    const { passwords, problems } = planPasswords({
      password: 'first',
      chpasswd: {
        list: `ann:plain:with colons\n\nbob:${HASH}\n`,
        users: [
          { name: 'cara', password: HASH },
          { name: 'dan', password: 'plain', type: 'text' },
        ],
      },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      passwords.map(({ user, password, isHash }) => [user, password, isHash]),
      [
        ['rancher', 'first', false],
        ['ann', 'plain:with colons', false],
        ['bob', HASH, true],
        ['cara', HASH, true],
        ['dan', 'plain', false],
      ],
    );
  });

  test('tells what it cannot use without the password', () => {
    const { passwords, problems } = planPasswords({
      chpasswd: {
        list: ['ann:RANDOM', 'nobody'],
        users: [
          { name: 'bob', password: 'secret' },
          { name: 'cara', type: 'RANDOM' },
          { name: 'dan', password: 'secret', type: 'md5' },
        ],
      },
    });
    assert.deepEqual(passwords, []);
    assert.equal(problems.length, 5);
    assert.ok(!problems.join().includes('secret'));
    assert.match(problems.join('\n'), /users: bob: it is no hash; type: text\?/);
  });
});
