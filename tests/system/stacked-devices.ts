/** What Debian's mdadm and lvm2 would make of disks, by what they have written on others of the same sizes. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../../builder/cache.ts';

const MIB = 1024 * 1024;
const CHUNK = 64 * 1024;
const TEST_DATA = join(repository, 'src/disk/testdata');

/** In MiB. */
export const MIRROR_MEMBER_SIZE = 16;
export const PHYSICAL_VOLUME_SIZE = 48;

/**
 * Makes the four members of a RAID 10 as files. Each chunk lies on two of them (md(4): two near copies).
 * @param content file of at most 30 MiB
 */
export async function makeRaid10(content: string, members: readonly string[]): Promise<void> {
  const lines = (await readFile(join(TEST_DATA, 'mdadm-superblocks.txt'), 'utf8')).split('\n');
  const superblocks = lines.filter((line) => line.startsWith('1.2 4096 ')).slice(1, 5);
  const data = await readFile(content);
  const images = members.map(() => Buffer.alloc(MIRROR_MEMBER_SIZE * MIB));
  for (const [index, image] of images.entries()) {
    Buffer.from(superblocks[index]?.split(' ')[2] ?? '', 'hex').copy(image, 4096);
  }
  for (let chunk = 0; chunk * CHUNK < data.length; chunk++) {
    const piece = data.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    const first = (2 * chunk) % images.length;
    const place = MIB + Math.floor((2 * chunk) / images.length) * CHUNK;
    for (const image of images.slice(first, first + 2)) piece.copy(image, place);
  }
  for (const [index, file] of members.entries()) await writeFile(file, images[index] ?? '');
}

/**
 * Makes the two physical volumes of the group `barn-group` as files.
 * @param linear file for the volume of 7 MiB, which goes on from one to the other
 * @param striped file for the volume `striped-one` of 64 MiB
 */
export async function makePhysicalVolumes(
  linear: string,
  striped: string,
  files: { readonly one: string; readonly other: string },
): Promise<void> {
  const volumes = {
    one: Buffer.alloc(PHYSICAL_VOLUME_SIZE * MIB),
    other: Buffer.alloc(PHYSICAL_VOLUME_SIZE * MIB),
  };
  for (const line of (await readFile(join(TEST_DATA, 'lvm-metadata.txt'), 'utf8')).trim().split('\n')) {
    const [name = '', offset, digits = ''] = line.split(' ');
    Buffer.from(digits, 'hex').copy(volumes[name === 'one' ? 'one' : 'other'], Number(offset));
  }
  // Extents of 1 MiB begin at 1 MiB.
  const first = await readFile(linear);
  first.copy(volumes.one, MIB, 0, 4 * MIB);
  first.copy(volumes.other, 33 * MIB, 4 * MIB);
  const second = await readFile(striped);
  for (let chunk = 0; chunk * CHUNK < second.length; chunk++) {
    const place = Math.floor(chunk / 2) * CHUNK;
    const piece = second.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    if (chunk % 2 === 0) piece.copy(volumes.one, 5 * MIB + place);
    else piece.copy(volumes.other, MIB + place);
  }
  await writeFile(files.one, volumes.one);
  await writeFile(files.other, volumes.other);
}
