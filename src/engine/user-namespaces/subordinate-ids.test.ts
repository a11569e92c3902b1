import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type IdFiles, idMappingsOf } from './subordinate-ids.ts';

const FILES: IdFiles = {
  passwd: 'root:x:0:0::/root:/bin/sh\nsu:x:1000:1000::/:/bin/sh\n',
  group: 'root:x:0:\nstaff:x:50:su\n',
  subuid: '# comment\n\nother:500000:10\nsu:200000:1000\n1000:300000:5\n',
  subgid: 'su:400000:2000\n',
};

const SU = {
  users: [
    { inside: 0, outside: 200_000, count: 1000 },
    { inside: 1000, outside: 300_000, count: 5 },
  ],
  groups: [{ inside: 0, outside: 400_000, count: 2000 }],
};

it('gives a user the ranges of their name and number, one behind the other', () => {
  for (const remap of ['su', '1000', 'su:staff', '1000:50']) {
    assert.deepEqual(idMappingsOf(remap, FILES), SU, remap);
  }
});

it('has a range for dockremap, or takes that of the files', () => {
  const range = [{ inside: 0, outside: 100_000, count: 65_536 }];
  assert.deepEqual(idMappingsOf('default', FILES), { users: range, groups: range });
  assert.deepEqual(idMappingsOf('default', { ...FILES, subuid: 'dockremap:7000:70\n' }), {
    users: [{ inside: 0, outside: 7000, count: 70 }],
    groups: range,
  });
});

it('does not remap root', () => {
  assert.equal(idMappingsOf('root', FILES), undefined);
  assert.equal(idMappingsOf('0:0', FILES), undefined);
});

const REFUSED: readonly (readonly [remap: string, files: Partial<IdFiles>, message: RegExp])[] = [
  ['', {}, /Invalid User\/Group specification/],
  ['su:', {}, /Invalid User\/Group specification/],
  ['su:staff:x', {}, /Invalid User\/Group specification/],
  ['nobody', {}, /Error during uid lookup for "nobody"/],
  ['7', {}, /Uid 7 has no entry in \/etc\/passwd/],
  ['su:wheel', {}, /Error during gid lookup for "wheel"/],
  ['su:9', {}, /Gid 9 has no entry in \/etc\/group/],
  ['su', { subgid: '' }, /no subgid ranges found for user "su"/],
  ['default', { subuid: 'other:165535:1' }, /belongs to other/],
  ['su', { subuid: 'su:1' }, /cannot parse subuid\/gid: \/etc\/subuid has a line "su:1"/],
  ['su', { subuid: 'su:-1:5' }, /cannot parse/],
  ['su', { subuid: 'su:1:0' }, /cannot parse/],
  ['su', { subuid: 'su:4294967290:10' }, /cannot parse/],
  ['su', { subuid: 'su:1:1\n'.repeat(341) }, /more than 340 ranges/],
];

for (const [remap, files, message] of REFUSED) {
  it(`refuses "${remap}" ${JSON.stringify(files).slice(0, 50)}`, () => {
    assert.throws(() => idMappingsOf(remap, { ...FILES, ...files }), message);
  });
}
