/** The image that is pulled: about 100 MB as a registry sends it, and 200 MB of files. */
import { randomBytes } from 'node:crypto';
import { layerOf } from '../tests/engine/image-archives.ts';
import type { RawMember } from '../tests/engine/raw-tar.ts';
import { type RegistryImage, registryImage } from '../tests/engine/registry-images.ts';

const LAYERS = 5;
const DIRECTORIES = 20;
const FILES_IN_DIRECTORY = 25;
/** Half of the files are like programs and pictures, half like source texts and tables, which become a fifth of their size. */
const FILE_BYTES = 65_000;

/** Makes an image that is like no other. */
export function bigImage(): RegistryImage {
  return registryImage({ layers: Array.from({ length: LAYERS }, (_, index) => layer(index)) });
}

function layer(index: number): Buffer {
  const members: RawMember[] = [];
  for (let d = 0; d < DIRECTORIES; d++) {
    const directory = `opt/part${index}/${d}`;
    members.push({ name: `${directory}/`, type: 'directory', mode: 0o755 });
    for (let f = 0; f < FILES_IN_DIRECTORY; f++)
      members.push({ name: `${directory}/${f}`, content: f % 2 === 0 ? randomBytes(FILE_BYTES) : text() });
  }
  return layerOf(...members);
}

/** Lines of numbers in words, of which no two files have the same. */
function text(): Buffer {
  const lines: string[] = [];
  const line = () => [...randomBytes(12)].map((byte) => `item-${byte % 64}`).join(' ');
  for (let length = 0; length < FILE_BYTES; length += lines.at(-1)?.length ?? 0) lines.push(`${line()}\n`);
  return Buffer.from(lines.join(''));
}
