import { spawn } from 'node:child_process';
import { type Conversation, converse } from './conversation.ts';

/** A program on a terminal of its own. */
export interface Terminal extends Conversation {
  /** Exit status of the program. */
  readonly ended: Promise<number>;
}

/** Runs a program on a pseudo-terminal, which script(1) makes: Node cannot. */
export function openTerminal(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Terminal {
  const words = [program, ...args].map(quoted).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {}); // typed after the end
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  return { ...converse(child.stdout, child.stdin), ended };
}

/** A word for the shell, by which script(1) runs its command. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
