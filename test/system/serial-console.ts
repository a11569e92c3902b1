import { connect, type Socket } from 'node:net';

/** A person at the serial console: reads what appears, types. */
export interface SerialConsole {
  /**
   * Waits for a text after everything that was waited for before.
   * @throws after that many seconds
   */
  waitFor(pattern: RegExp, seconds?: number): Promise<RegExpExecArray>;
  /** Types keys; Enter is `\r`. */
  type(keys: string): void;
  /** Runs a shell command at a prompt, and waits for its end. */
  run(command: string, seconds?: number): Promise<{ readonly status: number; readonly output: string }>;
  close(): void;
}

/** Connects to the unix socket of a machine's serial console. */
export async function connectConsole(path: string): Promise<SerialConsole> {
  const socket = await connected(path);
  let text = '';
  let position = 0;
  let commands = 0;
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });

  async function waitFor(pattern: RegExp, seconds = 30): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const match = pattern.exec(text.slice(position));
      if (match) {
        position += match.index + match[0].length;
        return match;
      }
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`${pattern} did not appear within ${seconds} s after:\n${lastLines(text)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return {
    waitFor,
    type: (keys) => void socket.write(keys),
    run: async (command, seconds) => {
      // The quotes keep the terminal's echo of the typed line from looking like the output.
      const mark = `mark${commands++}`;
      socket.write(`echo "<${mark}"">"; ${command}\recho "<${mark}=$?"">"\r`);
      await waitFor(new RegExp(`<${mark}>\r?\n`), seconds);
      const start = position;
      const end = await waitFor(new RegExp(`<${mark}=(\\d+)>`), seconds);
      const output = withoutEcho(text.slice(start, position - end[0].length), mark);
      return { status: Number(end[1]), output };
    },
    close: () => socket.destroy(),
  };
}

/** The second typed line is echoed behind a prompt before its own output; that line is not the command's. */
function withoutEcho(output: string, mark: string): string {
  const lines = output.replaceAll('\r', '').split('\n');
  return lines
    .filter((line) => !line.includes(`echo "<${mark}=`))
    .join('\n')
    .trim();
}

function lastLines(text: string): string {
  return text.split('\n').slice(-15).join('\n');
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {}); // the machine is gone; a waiter says so when its time is up
  return socket;
}
