import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8 } from '../linux/bytes.ts';
import { parseProject } from './project.ts';
import { archiveOfFiles } from './service-files.ts';

const definition = { image: 'i', labels: { 'io.rancher.os.scope': 'system' } };

test('files are those of the service that they name', () => {
  const { services, problems } = parseProject({
    rancher: { services: { ntp: definition, other: definition } },
    write_files: [
      { path: '/etc/a', container: 'ntp' },
      { path: '/etc/b' },
      { path: '/etc/c', container: 'nobody' },
    ],
  });
  const filesOf = (name: string) => services.find((service) => service.name === name)?.files;
  assert.deepEqual(filesOf('ntp'), [{ path: '/etc/a', container: 'ntp' }]);
  assert.deepEqual(filesOf('other'), []);
  assert.deepEqual(problems, ['write_files: /etc/c: container: there is no service nobody']);
});

test('they become an archive, and what cannot be written is told', () => {
  const entry = (path: string, more = {}) => ({ path, container: 'ntp', content: 'text', ...more });
  const { archive, problems } = archiveOfFiles({
    name: 'ntp',
    files: [
      entry('/etc/a', { owner: '7:8', permissions: '0600' }),
      entry('/etc/b', { owner: 'somebody' }),
      entry('/etc/c', { append: true }),
    ],
  });
  assert.equal(archive?.length, 512 * 4);
  assert.match(decodeUtf8(archive?.subarray(0, 512) ?? new Uint8Array()), /^etc\/a\0+0000600\0/);
  assert.deepEqual(problems, [
    'write_files: /etc/b: unable to find user somebody: no matching entries in passwd file',
    'write_files: /etc/c: append: only in the console',
  ]);
});
