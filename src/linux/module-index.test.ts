import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AliasIndex,
  moduleName,
  parseBuiltIn,
  parseDependencies,
  parseSoftDependencies,
} from './module-index.ts';

test('names a module by its file', () => {
  assert.equal(moduleName('kernel/drivers/net/virtio-net.ko.xz'), 'virtio_net');
  assert.equal(moduleName('crc32c-intel'), 'crc32c_intel');
  assert.equal(moduleName('kernel/fs/loop.ko'), 'loop');
});

test('orders dependencies for loading: the last of modules.dep comes first', () => {
  const files = parseDependencies('a/ahci.ko: a/libahci.ko a/libata.ko s/scsi_mod.ko\nb/button.ko:\n');
  assert.deepEqual(files.get('ahci'), ['s/scsi_mod.ko', 'a/libata.ko', 'a/libahci.ko', 'a/ahci.ko']);
  assert.deepEqual(files.get('button'), ['b/button.ko']);
});

test('reads the modules that the kernel contains', () => {
  const builtIn = parseBuiltIn('kernel/drivers/net/dummy-net.ko\n');
  assert.ok(builtIn.has('dummy_net'));
  assert.equal(builtIn.size, 1);
});

test('reads soft dependencies to be loaded before', () => {
  const wanted = parseSoftDependencies(
    'softdep libcrc32c pre: crc32c\nsoftdep a-b pre: c d post: e\nsoftdep f post: g\n',
  );
  assert.deepEqual(wanted.get('libcrc32c'), ['crc32c']);
  assert.deepEqual(wanted.get('a_b'), ['c', 'd']);
  assert.equal(wanted.has('f'), false);
});

test('finds the modules of a device', () => {
  const index = new AliasIndex(
    [
      'alias virtio:d00000001v* virtio_net',
      'alias virtio:d00000002v* virtio_blk',
      'alias pci:v*d*sv*sd*bc01sc06i01* ahci',
      'alias pci:v00008086d00002922sv*sd*bc*sc*i* ahci',
      'alias pci:v00008086d00002922sv*sd*bc*sc*i* other',
      'alias acpi*:PNP0C0C:* button',
      'alias fs-ext4 ext4',
    ].join('\n'),
  );
  assert.deepEqual(index.find('virtio:d00000001v00001AF4'), ['virtio_net']);
  const modules = index.find('pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01');
  assert.deepEqual(modules.sort(), ['ahci', 'other']);
  assert.deepEqual(index.find('acpi:PNP0C0C:'), ['button']);
  assert.deepEqual(index.find('fs-ext4'), ['ext4']);
  assert.deepEqual(index.find('fs-ext'), []);
});
