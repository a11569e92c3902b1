import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec.ts';

export interface SshKey {
  /** Path of the private key. */
  readonly file: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly authorizedKey: string;
}

/** Makes a key pair for one machine in a directory that lives as long as the machine. */
export async function makeSshKey(directory: string): Promise<SshKey> {
  const file = join(directory, 'ssh-key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  const authorizedKey = (await readFile(`${file}.pub`, 'utf8')).trim();
  return { file, authorizedKey };
}

/** Options with which ssh does not ask about, nor remember, a host whose key is new at every boot. */
export const sshOptions: readonly string[] = [
  ...['-o', 'StrictHostKeyChecking=no'],
  ...['-o', 'UserKnownHostsFile=/dev/null'],
  ...['-o', 'LogLevel=ERROR'],
];
