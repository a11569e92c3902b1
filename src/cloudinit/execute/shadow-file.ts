import { changeOwner, writeFileAtomic } from '../../linux/file.ts';

/** The hashes of passwords (shadow(5)). */
export const SHADOW = '/etc/shadow';
const SHADOW_GROUP = 42;

/** Writes the file anew, for root and those who may check passwords. */
export function writeShadow(text: string): void {
  writeFileAtomic(SHADOW, text, 0o640);
  changeOwner(SHADOW, 0, SHADOW_GROUP);
}
