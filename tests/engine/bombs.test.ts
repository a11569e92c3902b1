/** Archives that are small and become large, or say so: the disk is the limit, and never the memory. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { assertModestMemory } from './fairness.ts';
import { dockerArchiveOf, layerOf } from './image-archives.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { rawTar } from './raw-tar.ts';
import { registryImage } from './registry-images.ts';
import { ScriptedRegistry } from './scripted-registry.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = 512 * MEGABYTE;
const noSpace = /no space left on device/i;

/** A tar with a file of this many zeros. */
const bomb = layerOf({ name: 'bomb', content: Buffer.alloc(SIZE) });
const gzipBomb = gzipSync(bomb);

/** What zstd makes of it at best (RFC 8878): the head of the tar as it is, then blocks of one byte that is repeated. */
function zstdBomb(): Buffer {
  const window = 128 * 1024;
  const block = (size: number, type: number, isLast = 0) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | isLast, 0, 3);
    return header;
  };
  const zeros = bomb.length - 512;
  const repeated = Array.from({ length: Math.floor(zeros / window) }, () => [block(window, 1), Buffer.of(0)]);
  return Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3),
    block(512, 0),
    bomb.subarray(0, 512),
    ...repeated.flat(),
    block(zeros % window, 1, 1),
    Buffer.of(0),
  ]);
}

describe('an archive that is a bomb', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: ScriptedRegistry;
  before(async () => {
    registry = await ScriptedRegistry.start();
  });
  after(() => registry.stop());
  afterEach(() => engine().inMachine('mount -o remount,size=50% /var'));

  const used = async () => Number(await engine().inMachine(`df -k /var | tail -1 | awk '{print $3}'`));
  const store = () =>
    engine().inMachine(
      `${listScratch}; cd ${engineRoot}; ls images layers containers; cat repositories.json`,
    );

  /** Fails on a small disk, which then has what it had before; meanwhile no process of the engine is large. */
  async function assertContained(
    context: Parameters<typeof assertModestMemory>[1],
    act: () => Promise<{ text: string }>,
    message = noSpace,
  ): Promise<void> {
    const [before, usedBefore] = [await store(), await used()];
    await engine().inMachine(`mount -o remount,size=${usedBefore + 64 * 1024}k /var`);
    const watch = engine().inMachine(`
      rm -f /run/enough; largest=0
      while [ ! -e /run/enough ]; do
        for size in $(sed -n 's/^RssAnon:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/[0-9]*/status 2>/dev/null); do
          [ "$size" -gt $largest ] && largest=$size
        done
        usleep 20000
      done; echo $largest`);
    await assertModestMemory(engine(), context, async () => assert.match((await act()).text, message));
    await engine().inMachine('touch /run/enough');
    const largest = Number(await watch);
    context.diagnostic(`the largest process had ${largest} KiB`);
    assert.ok(largest > 0 && largest < 16 * 1024, `a process had ${largest} KiB`);
    assert.equal(await store(), before);
    assert.ok((await used()) < usedBefore + 512, 'the disk has its space again');
  }

  const post = (path: string, body: Uint8Array) => () =>
    engine().request('POST', path, { body, headers: { 'Content-Type': 'application/x-tar' } });

  for (const [name, compressed] of [
    ['gzip', gzipBomb],
    ['zstd', zstdBomb()],
  ] as const) {
    it(`does not get in by load, as a layer in ${name}`, async (context) => {
      const archive = rawTar(dockerArchiveOf({ name: 'bomb:1', layers: [bomb] }, () => compressed));
      await assertContained(context, post('/images/load', archive));
    });

    it(`does not get in by import, in ${name}`, async (context) => {
      await assertContained(context, post('/images/create?fromSrc=-&repo=bomb', compressed));
    });

    it(`does not get in as a context of a build, in ${name}`, async (context) => {
      await assertContained(context, post('/build', compressed));
    });

    it(`does not get in as a file of a context that ADD unpacks, in ${name}`, async (context) => {
      const files = rawTar([
        { name: 'Dockerfile', content: 'FROM scratch\nADD bomb.tar /\n' },
        { name: 'bomb.tar', content: compressed },
      ]);
      await assertContained(context, post('/build', files));
    });

    it(`does not get in by pull, as a layer in ${name}`, async (context) => {
      const layerType = `application/vnd.oci.image.layer.v1.tar+${name}`;
      registry.put(
        `bomb/${name}`,
        '1',
        registryImage({ layers: [bomb] }, { compress: () => compressed, layerType }),
      );
      await assertContained(context, async () => {
        const { status, stderr } = await engine().docker([
          'pull',
          '--quiet',
          `${registry.name}/bomb/${name}:1`,
        ]);
        assert.equal(status, 1);
        return { text: stderr };
      });
    });
  }

  it('does not get into a container by cp', async (context) => {
    await engine().output('create', '--name', 'target', busybox);
    await assertContained(context, () =>
      engine().request('PUT', '/containers/target/archive?path=/', { body: gzipBomb }),
    );
    await engine().output('rm', 'target');
  });

  /** A header that says that its file has this size; in base 256, as GNU tar writes what is too large for octal. */
  function headerOf(size: bigint, type = '0'): Buffer {
    const header = Buffer.from(rawTar([{ name: 'huge' }]).subarray(0, 512));
    header.write(type, 156);
    header[124] = 0x80;
    for (let index = 0; index < 11; index++) {
      header[135 - index] = Number((size >> BigInt(8 * index)) & 0xffn);
    }
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return header;
  }

  it('is refused if it says that it is huge, and is not', async (context) => {
    const layers = (header: Buffer) =>
      rawTar(dockerArchiveOf({ name: 'bomb:1', layers: [Buffer.concat([header, Buffer.alloc(2048)])] }));
    for (const size of [2n ** 40n, 2n ** 53n - 1n, 2n ** 63n - 1n, 2n ** 87n]) {
      const tar = Buffer.concat([headerOf(size), Buffer.alloc(2048)]);
      const refused = /unexpected end|too large|size/;
      await assertContained(context, post('/images/load', layers(headerOf(size))), refused);
      await assertContained(context, post('/images/create?fromSrc=-&repo=bomb', tar), refused);
      await assertContained(context, post('/build', tar), refused);
    }
  });

  it('is refused if it is sparse', async (context) => {
    const tar = Buffer.concat([headerOf(2n ** 40n, 'S'), Buffer.alloc(2048)]);
    await assertContained(context, post('/images/create?fromSrc=-&repo=bomb', tar), /sparse|type/);
    await assertContained(context, post('/build', tar), /sparse|type/);
  });
});
