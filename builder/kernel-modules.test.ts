import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAliases,
  formatDependencies,
  formatSoftDependencies,
  type ModuleInfo,
  moduleName,
  parseModuleList,
  readModuleInfo,
  withDependencies,
} from './kernel-modules.ts';

function modules(...list: (Partial<ModuleInfo> & { path: string })[]): Map<string, ModuleInfo> {
  return new Map(
    list.map((info) => [moduleName(info.path), { depends: [], aliases: [], softdeps: [], ...info }]),
  );
}

const network = modules(
  { path: 'drivers/net/virtio_net.ko', depends: ['net_failover'], aliases: ['virtio:d00000001v*'] },
  { path: 'drivers/net/net_failover.ko', depends: ['failover'] },
  { path: 'net/core/failover.ko' },
  { path: 'net/bridge/bridge.ko', depends: ['stp', 'llc'] },
  { path: 'net/802/stp.ko', depends: ['llc'] },
  { path: 'net/llc/llc.ko', softdeps: ['pre: nothing'] },
);

test('a list has names, early names and comments; the kernel takes - for _', () => {
  assert.deepEqual(parseModuleList('# all\nearly loop\n\nxen-blkfront # disk\n', 'list'), [
    { name: 'loop', early: true },
    { name: 'xen_blkfront', early: false },
  ]);
  assert.throws(
    () => parseModuleList('loop\nlate squashfs\n', 'list'),
    /^Error: list:2: expected .*late squashfs/,
  );
});

test('modules come with what they depend on, and built-in ones need no file', () => {
  const chosen = withDependencies(['virtio_net', 'ext4'], network, new Set(['ext4']));
  assert.deepEqual([...chosen].sort(), ['failover', 'net_failover', 'virtio_net']);
});

test('a module that the kernel does not have is named with who wants it', () => {
  assert.throws(
    () => withDependencies(['e1000'], network, new Set()),
    /no module "e1000".*os\/modules\.list/,
  );
  const broken = modules({ path: 'a.ko', depends: ['b'] });
  assert.throws(() => withDependencies(['a'], broken, new Set()), /no module "b".*a\.ko/);
});

test('modules.dep lists first what is to be loaded last', () => {
  const lines = formatDependencies(network).split('\n');
  assert.ok(lines.includes('drivers/net/virtio_net.ko: drivers/net/net_failover.ko net/core/failover.ko'));
  // llc is needed by both others, so it must stand after both of them.
  assert.ok(lines.includes('net/bridge/bridge.ko: net/802/stp.ko net/llc/llc.ko'));
  assert.ok(lines.includes('net/core/failover.ko:'));
});

test('modules.alias and modules.softdep', () => {
  assert.equal(formatAliases(network), 'alias virtio:d00000001v* virtio_net\n');
  assert.equal(formatSoftDependencies(network), 'softdep llc pre: nothing\n');
});

test('a module tells of itself in its .modinfo section', () => {
  const info = readModuleInfo(
    'x.ko',
    elfWithSection('.modinfo', 'alias=fs-x\0alias=x-*\0depends=crc32c-intel,b\0name=x\0'),
  );
  assert.deepEqual(info, {
    path: 'x.ko',
    aliases: ['fs-x', 'x-*'],
    depends: ['crc32c_intel', 'b'],
    softdeps: [],
  });
  assert.throws(
    () => readModuleInfo('x.ko', elfWithSection('.text', '')),
    /^Error: x\.ko: no \.modinfo section/,
  );
});

/** The least that is an ELF file with one section besides that of the names. */
function elfWithSection(name: string, content: string): Buffer {
  const names = Buffer.from(`\0${name}\0`);
  const body = Buffer.from(content);
  const elf = Buffer.alloc(64 + 2 * 64);
  elf.write('\x7fELF\x02\x01', 0, 'latin1');
  elf.writeBigUInt64LE(64n, 40); // section headers
  elf.writeUInt16LE(64, 58); // size of one
  elf.writeUInt16LE(2, 60); // how many
  elf.writeUInt16LE(0, 62); // which one holds the names
  const section = (at: number, nameAt: number, offset: number, size: number) => {
    elf.writeUInt32LE(nameAt, at);
    elf.writeBigUInt64LE(BigInt(offset), at + 24);
    elf.writeBigUInt64LE(BigInt(size), at + 32);
  };
  section(64, 0, elf.length, names.length);
  section(128, 1, elf.length + names.length, body.length);
  return Buffer.concat([elf, names, body]);
}
