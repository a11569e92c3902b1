import { once } from 'node:events';
import { connect } from 'node:net';
import { type Conversation, converse } from './conversation.ts';

/** The serial console of a machine, with a shell on it at some time. */
export interface SerialConsole extends Conversation {
  /** Runs a shell command at a prompt, and waits for its end. */
  run(command: string, seconds?: number): Promise<{ readonly status: number; readonly output: string }>;
  close(): void;
}

/** Connects to the unix socket of a machine's serial console. */
export async function connectConsole(path: string): Promise<SerialConsole> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.on('error', () => {}); // the machine is gone; who waits for something says so when its time is up
  const conversation = converse(socket, socket);
  let commands = 0;
  return {
    ...conversation,
    run: async (command, seconds) => {
      // The quotes keep the terminal's echo of the typed line from looking like the output. All is one line, since sudo
      // takes what is typed while its command runs.
      const mark = `mark${commands++}`;
      conversation.type(`echo "<${mark}"">"; ${command}; echo "<${mark}=$?"">"\r`);
      await conversation.waitFor(new RegExp(`<${mark}>\r?\n`), seconds);
      const end = await conversation.waitFor(new RegExp(`<${mark}=(\\d+)>`), seconds);
      return { status: Number(end[1]), output: conversation.between().replaceAll('\r', '').trim() };
    },
    close: () => socket.destroy(),
  };
}
