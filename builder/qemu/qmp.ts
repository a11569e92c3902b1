import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** A connection to QEMU by its machine protocol (QEMU's docs/interop/qmp-spec). */
export interface Qmp {
  /** @throws with QEMU's message when it refuses the command */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Waits for an event such as `SHUTDOWN` or `RESET` that comes after this call. */
  event(name: string, seconds: number): Promise<void>;
  close(): void;
}

interface Message {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
}

/** @throws when nobody listens there, or QEMU ends before it is ready for commands */
export async function connectQmp(path: string): Promise<Qmp> {
  const socket = connect(path);
  const closed = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('QEMU has ended')));
  });
  closed.catch(() => {}); // it concerns those who wait for an answer only
  const answers: ((message: Message) => void)[] = [];
  const listeners = new Set<(event: string) => void>();
  const greeted = new Promise<void>((resolve) => {
    const lines = createInterface(socket);
    lines.on('error', () => {}); // the socket's, reported above
    lines.on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if (message.QMP !== undefined) resolve();
      else if (message.event !== undefined) for (const listener of listeners) listener(message.event);
      else answers.shift()?.(message);
    });
  });

  async function execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const answer = await Promise.race([new Promise<Message>((resolve) => answers.push(resolve)), closed]);
    if (answer.error) throw new Error(`QEMU: ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  async function event(name: string, seconds: number): Promise<void> {
    const late = setTimeout(seconds * 1000, undefined, { ref: false }).then(() => {
      throw new Error(`QEMU reported no ${name} within ${seconds} s`);
    });
    const seen = new Promise<void>((resolve) => {
      listeners.add((reported) => {
        if (reported === name) resolve();
      });
    });
    await Promise.race([seen, late]);
  }

  await Promise.race([greeted, closed]);
  await execute('qmp_capabilities');
  return { execute, event, close: () => socket.destroy() };
}
