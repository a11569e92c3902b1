/** The people of the console: `rancher` and `docker`, who may do the same. */

import { withKeys } from '../../cloudinit/authorized-keys.ts';
import { decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import { exitCode } from '../../linux/child.ts';
import {
  changeMode,
  changeOwner,
  exists,
  makeDirectories,
  makeDirectory,
  readText,
  readTextIfExists,
  writeFileAtomic,
} from '../../linux/file.ts';
import { close, pipe, writeAll } from '../../linux/file-descriptor.ts';
import { spawn } from '../../linux/process.ts';
import { openStream } from '../../linux/stream.ts';
import { withPassword } from './shadow.ts';

interface Account {
  readonly name: string;
  /** Of the user and of its group. */
  readonly id: number;
}

const ACCOUNTS: readonly Account[] = [
  { name: 'rancher', id: 1100 },
  { name: 'docker', id: 1101 },
];
/** The one that `rancher.password` is for, and that logs in by itself. */
export const MAIN_ACCOUNT = 'rancher';

const SHADOW = '/etc/shadow';
const SHADOW_GROUP = 42;

/** Makes the home directories that are missing. */
export function makeHomes(): void {
  makeDirectories('/home');
  for (const { name, id } of ACCOUNTS) makeOwnDirectory(`/home/${name}`, 0o755, id);
}

/** Lets the owners of these keys in by ssh. */
export function authorizeKeys(keys: readonly string[]): void {
  if (keys.length === 0) return;
  for (const { name, id } of ACCOUNTS) {
    const directory = `/home/${name}/.ssh`;
    const file = `${directory}/authorized_keys`;
    makeOwnDirectory(directory, 0o700, id);
    writeFileAtomic(file, withKeys(readTextIfExists(file) ?? '', keys), 0o600);
    changeOwner(file, id, id);
  }
}

/** The lines of the keys that the main account is let in by. */
export function authorizedKeys(): string[] {
  return (readTextIfExists(`/home/${MAIN_ACCOUNT}/.ssh/authorized_keys`) ?? '').split('\n');
}

function makeOwnDirectory(path: string, mode: number, id: number): void {
  if (exists(path)) return;
  makeDirectory(path);
  changeMode(path, mode);
  changeOwner(path, id, id);
}

/** Sets the password of the main account. */
export async function setPassword(password: string): Promise<void> {
  const hash = await hashPassword(password);
  writeFileAtomic(SHADOW, withPassword(readText(SHADOW), MAIN_ACCOUNT, hash), 0o640);
  changeOwner(SHADOW, 0, SHADOW_GROUP);
}

/** By crypt(5), with a random salt. The password is given on standard input, where nobody sees it. */
async function hashPassword(password: string): Promise<string> {
  const [input, inputEnd] = pipe();
  const [outputEnd, output] = pipe();
  const command = ['mkpasswd', '-m', 'sha512', '-P', '0'] as const;
  const { exited } = spawn({ command, stdin: input, stdout: output, stderr: 2 });
  close(input);
  close(output);
  writeAll(inputEnd, encodeUtf8(`${password}\n`));
  close(inputEnd);
  const stream = openStream(outputEnd);
  const text = decodeUtf8((await stream.read()) ?? new Uint8Array()).trim();
  stream.close();
  const code = exitCode(await exited);
  if (code !== 0 || !text.startsWith('$6$')) throw new Error(`mkpasswd failed with exit code ${code}`);
  return text;
}
