/**
 * What crun says when it fails, in the words of Docker's engine: clients derive exit codes 126 and 127 from the lower-case
 * texts "executable file not found", "permission denied" and so on.
 */
import { type ExitStatus, exitCode } from '../../linux/child.ts';

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  /** What Docker sets as the container's exit code: 126, 127, or 128 for everything else. */
  readonly exitCode: number;

  constructor(message: string, code: number) {
    super(message);
    this.exitCode = code;
  }
}

const PREFIXES = {
  run: 'failed to create task for container: OCI runtime create failed: unable to start container process',
  update: 'OCI runtime update failed',
  exec: 'OCI runtime exec failed: exec failed: unable to start container process',
} as const;

/** The error for a log of crun (one JSON object a line) and its exit status. */
export function runtimeError(command: keyof typeof PREFIXES, log: string, status: ExitStatus): RuntimeError {
  const reason = reword(lastMessage(log) ?? `crun ended with ${exitCode(status)} and said nothing`);
  return new RuntimeError(`${PREFIXES[command]}: ${reason}`, exitCodeFor(reason));
}

function lastMessage(log: string): string | undefined {
  const messages = log.split('\n').flatMap((line) => {
    const match = /^\s*\{.*\}\s*$/.exec(line);
    return match === null
      ? line === ''
        ? []
        : [line]
      : [String((JSON.parse(line) as { msg?: unknown }).msg)];
  });
  return messages.at(-1);
}

function reword(message: string): string {
  const missing = /executable file [`']([^`']*)[`'] not found/.exec(message);
  if (missing !== null) {
    const [, name = ''] = missing;
    const why = name.includes('/') ? 'no such file or directory' : 'executable file not found in $PATH';
    return `exec: ${JSON.stringify(name)}: ${why}`;
  }
  const irregular = /the path [`']([^`']*)[`'] is not a regular file/.exec(message);
  if (irregular !== null) return `exec: ${JSON.stringify(irregular[1])}: is a directory: permission denied`;
  const notExecutable = /the path [`']([^`']*)[`'] exists but it is not executable/.exec(message);
  if (notExecutable !== null) return `exec: ${JSON.stringify(notExecutable[1])}: permission denied`;
  return message
    .replace(/No such file or directory/g, 'no such file or directory')
    .replace(/Permission denied/g, 'permission denied')
    .replace(/Is a directory/g, 'is a directory')
    .replace(/Not a directory/g, 'not a directory')
    .replace(/Exec format error/g, 'exec format error');
}

function exitCodeFor(reason: string): number {
  if (/executable file not found|no such file or directory/.test(reason)) return 127;
  if (/permission denied|is a directory|exec format error/.test(reason)) return 126;
  return 128;
}
