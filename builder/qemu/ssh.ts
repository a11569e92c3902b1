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

/** How to log in to a machine. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Path of the private key; null where the machine was given none. */
  readonly key: string | null;
}

/** The arguments of ssh up to the command; they do not ask about, nor remember, a host whose key is new at every boot. */
export function sshArguments({ host, port, user, key }: SshAccess): string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const identity = key === null ? [] : ['-i', key];
  return [...identity, '-p', String(port), ...options.flatMap((option) => ['-o', option]), `${user}@${host}`];
}
