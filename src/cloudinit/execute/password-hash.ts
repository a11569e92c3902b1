import { decodeUtf8, encodeUtf8 } from '../../linux/bytes.ts';
import { exitCode } from '../../linux/child.ts';
import { close, pipe, writeAll } from '../../linux/file-descriptor.ts';
import { spawn } from '../../linux/process.ts';
import { openStream } from '../../linux/stream.ts';

/** Hashes a password by crypt(5), with a random salt. It is given on standard input, where nobody sees it. */
export async function hashPassword(password: string): Promise<string> {
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

/** Whether a text is a hash as crypt(5) makes it. */
export function isPasswordHash(text: string): boolean {
  return /^\$(1|2[abxy]?|5|6|7|gy|y)\$[^:\s]+$/.test(text);
}
