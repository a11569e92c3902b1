/** Archives that are damaged or made to harm: each is refused in one line, reaches nothing, and leaves nothing. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { assertModestMemory } from './fairness.ts';
import { dockerArchiveOf, imageConfig, layerOf, ociArchiveOf } from './image-archives.ts';
import { engineRoot, listScratch, loadArchive } from './load-archive.ts';
import { extendedHeader, type RawMember, rawTar } from './raw-tar.ts';

const honest = layerOf({ name: 'file', content: 'honest' });
const link = (name: string, target: string): RawMember => ({ name, type: 'link', target });

/** Layers that must be refused, with what the message says. */
const refused: Record<string, [members: RawMember[], message: RegExp]> = {
  'a name with ..': [[{ name: '../../../../tmp/escaped', content: 'x' }], /outside of the layer/],
  'a hard link with ..': [
    [{ name: 'a', type: 'hardLink', target: '../../../etc/hosts' }],
    /outside of the layer/,
  ],
  'a hard link to a file of the host': [
    [{ name: 'a', type: 'hardLink', target: '/etc/hosts' }],
    /no such file/,
  ],
  'a hard link through a link': [
    [link('a', '/etc'), { name: 'b', type: 'hardLink', target: 'a/hosts' }],
    /no such file/,
  ],
  'a name below a link to a directory of the host': [
    [link('a', '/tmp'), { name: 'a/escaped', content: 'x' }],
    /"a" is not a directory/,
  ],
  'a name below a link upwards': [
    [link('a', '../../../../../../tmp'), { name: 'a/escaped', content: 'x' }],
    /"a" is not a directory/,
  ],
  'a whiteout below a link': [[link('a', '/tmp'), { name: 'a/.wh.victim' }], /"a" is not a directory/],
  'a whiteout of nothing': [[{ name: '.wh...' }], /whiteout of nothing/],
  'a file in the place of the root': [[{ name: '.', content: 'x' }], /in the place of the layer's root/],
  'a name with .. in a pax header': [
    [extendedHeader({ path: '../../../../tmp/escaped' }), { name: 'a', content: 'x' }],
    /outside of the layer/,
  ],
  'a hard link whose target in a pax header is outside': [
    [extendedHeader({ linkpath: '../../../etc/hosts' }), { name: 'a', type: 'hardLink', target: 'b' }],
    /outside of the layer/,
  ],
  'a name with .. in a header of GNU tar': [
    [
      { name: 'long', type: 'longName', content: '../../../../tmp/escaped\0' },
      { name: 'a', content: 'x' },
    ],
    /outside of the layer/,
  ],
  'a name with .. for all members': [
    [extendedHeader({ path: '../escaped' }, 'global'), { name: '../escaped', content: 'x' }],
    /outside of the layer/,
  ],
  'a name that has no end': [
    [extendedHeader({ path: 'x'.repeat(300) }), { name: 'a', content: 'x' }],
    /file name too long|too long/,
  ],
  'a path that has no end': [
    [extendedHeader({ path: 'x/'.repeat(100_000) }), { name: 'a', content: 'x' }],
    /too long|too deep|too large/,
  ],
  'a name with a NUL': [[extendedHeader({ path: 'a\0b' }), { name: 'a', content: 'x' }], /NUL|invalid|pax/i],
  'a pax header of many megabytes': [
    [extendedHeader({ comment: 'x'.repeat(20_000_000) }), { name: 'a', content: 'x' }],
    /too large|too long|larger|longer/,
  ],
  'a size that is no number': [[extendedHeader({ size: '-1' }), { name: 'a', content: 'x' }], /size/],
  'a size beyond all disks': [
    [extendedHeader({ size: '9007199254740991' }), { name: 'a', content: 'x' }],
    /unexpected end|no space|too large/,
  ],
  'an opaque whiteout of what is above': [[{ name: '../.wh..wh..opq' }], /outside of the layer/],
  'a whiteout of what is above': [[{ name: 'a/../../.wh.victim' }], /outside of the layer/],
  'a name below a file': [[{ name: 'a', content: 'x' }, { name: 'a/b' }], /"a" is not a directory/],
};

/** Layers that try to reach the host and are unpacked, since inside of a container they are harmless. */
const harmless: Record<string, RawMember[]> = {
  'an absolute name': [{ name: '/tmp/escaped', content: 'x' }],
  'a link that becomes a file': [link('a', '/tmp/escaped'), { name: 'a', content: 'x' }],
  'a link that becomes a directory': [link('a', '/tmp'), { name: 'a/', type: 'directory', mode: 0o700 }],
  'a hard link to a link that becomes a file': [
    link('a', '/tmp/escaped'),
    { name: 'b', type: 'hardLink', target: 'a' },
    { name: 'b', content: 'x' },
  ],
  'devices, also under names of the host': [
    { name: 'dev', type: 'directory', mode: 0o755 },
    { name: 'dev/sda', type: 'block', device: [8, 0], mode: 0o666 },
    { name: 'kmsg', type: 'character', device: [1, 11], mode: 0o666 },
    { name: 'pipe', type: 'fifo' },
  ],
  'what has a whiteout of its own': [
    { name: 'a', content: 'x' },
    { name: '.wh.a' },
    { name: 'd', type: 'directory', mode: 0o755 },
    { name: 'd/.wh..wh..opq' },
  ],
  'a name with a line end': [{ name: 'line\nline', content: 'x' }],
  'the same name a thousand times': Array.from({ length: 1000 }, (_, index) => ({
    name: 'a',
    ...(index % 3 === 0 ? { type: 'directory' as const, mode: 0o755 } : { content: `${index}` }),
  })),
  'a chain of links': Array.from({ length: 100 }, (_, index) => link(`l${index}`, `l${index + 1}`)),
  'extended attributes that could make it part of an overlay': [
    extendedHeader({
      'SCHILY.xattr.trusted.overlay.redirect': '/../../../../tmp',
      'SCHILY.xattr.trusted.overlay.opaque': 'y',
    }),
    { name: 'd', type: 'directory', mode: 0o755 },
  ],
  'directories deeper than paths and descriptors reach': deepDirectories(),
};

/** Each link leads 45 directories further down than the one before; the kernel follows 40 of them. */
function deepDirectories(): RawMember[] {
  const members: RawMember[] = [];
  for (let count = 0; count < 40; count++) {
    const below = `${count === 0 ? '' : `l${count - 1}/`}${'d/'.repeat(45)}`;
    members.push({ name: below, type: 'directory', mode: 0o755 }, link(`l${count}`, below));
  }
  return members;
}

/** More where there is time: PADDOCK_LAYER_FILES=100000 takes minutes. */
const manyFiles = Number(process.env['PADDOCK_LAYER_FILES'] ?? 10_000);

describe('hostile images', () => {
  const engine = useEngine();
  before(() => engine().inMachine('touch /tmp/victim; chmod 755 /tmp'));

  /** Everything that lies in the store, and what an escape would have changed. */
  const traces = () =>
    engine().inMachine(`${listScratch}
      find ${engineRoot}/images ${engineRoot}/layers
      ls -la /tmp | grep -v ' [.][.]$'; stat -c %a /tmp`);
  const assertRefused = async (archive: Buffer | readonly RawMember[], message: RegExp) => {
    const before = await traces();
    const { status, stderr } = await loadArchive(engine(), archive);
    assert.notEqual(status, 0);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(await traces(), before);
  };

  for (const [title, [members, message]] of Object.entries(refused)) {
    it(`refuses ${title}`, () =>
      assertRefused(dockerArchiveOf({ name: 'hostile:1', layers: [layerOf(...members)] }), message));
  }

  for (const [title, members] of Object.entries(harmless)) {
    it(`keeps ${title} inside`, async () => {
      const before = await traces();
      const { status, stderr } = await loadArchive(
        engine(),
        dockerArchiveOf({ name: 'hostile:1', layers: [layerOf(...members)] }),
      );
      assert.equal(status, 0, stderr);
      await engine().output('rmi', 'hostile:1');
      assert.equal(await traces(), before);
    });
  }

  it(`unpacks ${manyFiles} files, and stays small meanwhile`, async (context) => {
    const members = Array.from({ length: manyFiles }, (_, index) => ({ name: `d${index % 100}/${index}` }));
    const directories = Array.from({ length: 100 }, (_, index) => ({
      name: `d${index}`,
      type: 'directory' as const,
      mode: 0o755,
    }));
    const before = await traces();
    const archive = rawTar(
      dockerArchiveOf({ name: 'many:1', layers: [layerOf(...directories, ...members)] }),
    );
    const begin = performance.now();
    await assertModestMemory(engine(), context, async () => {
      const { status, text } = await engine().request('POST', '/images/load?quiet=1', { body: archive });
      assert.equal(status, 200);
      assert.match(text, /Loaded image: many:1/);
    });
    context.diagnostic(`it took ${Math.round(performance.now() - begin)} ms`);
    await engine().output('rmi', 'many:1');
    await eventually('they are removed', async () => (await traces()) === before, 120);
  });

  it('refuses what unpacks to more than the disk has', async () => {
    // Half a gigabyte of zeros is half a megabyte as gzip.
    const bomb = layerOf({ name: 'bomb', content: Buffer.alloc(512 * 1024 * 1024) });
    await engine().inMachine(
      'mount -o remount,size=$(($(df -k /var | tail -1 | awk "{print \\$3}") + 65536))k /var',
    );
    try {
      const archive = dockerArchiveOf({ name: 'bomb:1', layers: [bomb] }, (layer) => gzipSync(layer));
      await assertRefused(archive, /no space left on device/);
    } finally {
      await engine().inMachine('mount -o remount,size=50% /var');
    }
  });

  it('refuses a configuration that is absurd', async () => {
    const image = { name: 'absurd:1', layers: [honest] };
    const configured = (config: object) =>
      dockerArchiveOf(image).map((member) =>
        member.name === 'config.json'
          ? { ...member, content: JSON.stringify({ ...JSON.parse(imageConfig(image)), ...config }) }
          : member,
      );
    await assertRefused(configured({ config: { Env: 'PATH=/' } }), /Env/);
    await assertRefused(configured({ config: { Cmd: [1] } }), /Cmd/);
    await assertRefused(configured({ rootfs: { type: 'layers', diff_ids: ['sha256:x'] } }), /diff_ids/);
    await assertRefused(
      configured({ rootfs: { type: 'layers', diff_ids: Array(5000).fill(`sha256:${'0'.repeat(64)}`) } }),
      /layers|depth/,
    );
    await assertRefused(configured({ history: 'x'.repeat(5_000_000) }), /config.json|too large|history/);
    await assertRefused(configured({ created: { at: 1 } }), /created/);
  });

  it('refuses what is no archive', async () => {
    await assertRefused(Buffer.alloc(0), /not an image archive/);
    await assertRefused(Buffer.alloc(100_000, 'text '), /tar: /);
    await assertRefused(rawTar([{ name: 'a', content: 'b' }]), /neither a manifest.json nor an index.json/);
  });

  it('refuses what is cut off or damaged', async () => {
    const archive = rawTar(dockerArchiveOf({ name: 'cut:1', layers: [honest] }));
    await assertRefused(archive.subarray(0, 2000), /unexpected end of archive/);
    const compressed = gzipSync(archive);
    await assertRefused(compressed.subarray(0, compressed.length - 20), /unexpected end/);
  });

  it('refuses layers that are not those of the configuration', async () => {
    const archive = dockerArchiveOf({ name: 'wrong:1', layers: [honest] });
    const exchanged = archive.map((member) =>
      member.name === '0/layer.tar' ? { ...member, content: layerOf({ name: 'evil' }) } : member,
    );
    await assertRefused(exchanged, /but its configuration names sha256:/);
  });

  it('refuses an OCI layout that lacks a blob or has another under its name', async () => {
    const archive = ociArchiveOf('example.org/app:1', [{ layers: [honest] }]);
    const layer =
      archive.find(({ content }) => content instanceof Buffer && content.equals(honest))?.name ?? '';
    await assertRefused(
      archive.filter(({ name }) => name !== layer),
      /the archive is incomplete: it has no blobs\/sha256\//,
    );
    const other = layerOf({ name: 'other' });
    await assertRefused(
      archive.map((member) => (member.name === layer ? { ...member, content: other } : member)),
      /is damaged: its digest is/,
    );
  });

  it('gives the space back when there was not enough', async () => {
    const large = layerOf({ name: 'large', content: Buffer.alloc(8 * 1024 * 1024) });
    await engine().inMachine(
      `mkdir -p ${engineRoot}/tmp && mount -t tmpfs -o size=4m small ${engineRoot}/tmp`,
    );
    try {
      const { stderr } = await loadArchive(engine(), dockerArchiveOf({ name: 'large:1', layers: [large] }));
      assert.match(stderr, /cannot unpack "large": no space left on device/);
      assert.match(await engine().inMachine(`df -k ${engineRoot}/tmp | tail -1`), / 0 +4096 /);
    } finally {
      await engine().inMachine(`umount ${engineRoot}/tmp`);
    }
  });
});
