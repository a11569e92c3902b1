import { existsSync } from 'node:fs';

const isRoot = process.getuid?.() === 0;

/** The words of a command that runs as root: as they are, or by sudo, which must not ask for a password. */
export function asRoot(...words: [program: string, ...args: string[]]): [program: string, ...args: string[]] {
  if (isRoot) return words;
  if (!existsSync('/usr/bin/sudo')) throw new Error('the engine tests need root or sudo');
  return ['sudo', '--non-interactive', ...words];
}

/** `USER:GROUP` of whoever runs the tests, for chown(1). */
export function ownUser(): string {
  return `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
}
