/** A person (or a pipe) at one end, a container's streams at the other. */
import type { Attachment } from '../../engine/client.ts';
import { DetachKeys } from '../../engine/streams/detach-keys.ts';
import type { SignalName } from '../../linux/signal.ts';
import type { WindowSize } from '../../linux/terminal.ts';
import type { Console } from './console.ts';

export interface SessionOptions {
  /** The process has a terminal. */
  readonly tty: boolean;
  /** Send standard input. */
  readonly stdin: boolean;
  /** With a terminal, keys that end the session and leave the process running. */
  readonly detachKeys?: string | undefined;
}

export interface Session {
  /** How it ended: the process closed its output, or the person pressed the detach keys. */
  readonly finished: Promise<'ended' | 'detached'>;
  /** Keeps the process's terminal as large as ours, from now on. */
  followSize(resize: (size: WindowSize) => Promise<void>): void;
  /** Puts the terminal back and lets go of the process. */
  close(): void;
}

const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';
/** The signals that ask a program for something, which a person means for the container. */
const PROXIED_SIGNALS: readonly SignalName[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
];
/** A terminal exists only a moment after the start; so often, and so long apart, is a first resize tried. */
const RESIZE_TRIES = 10;
const RESIZE_PAUSE_MILLISECONDS = 10;

/** Starts copying in both directions. Throws EngineError for bad detach keys. */
export function startSession(console: Console, attachment: Attachment, options: SessionOptions): Session {
  const detachKeys = options.tty ? new DetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS) : undefined;
  const cleanups: (() => void)[] = [() => attachment.close()];
  if (options.tty && options.stdin && console.inputIsTerminal) cleanups.push(console.makeRaw());
  let isDetached = false;
  if (options.stdin) {
    copyInput(console, attachment, detachKeys).then(
      (detached) => {
        isDetached = detached;
        if (detached) attachment.close();
        else attachment.end();
      },
      // The process is gone, which its output tells as well.
      () => {},
    );
  } else attachment.end();
  return {
    finished: copyOutput(console, attachment).then(() => (isDetached ? 'detached' : 'ended')),
    followSize: (resize) => {
      cleanups.push(followSize(console, resize));
    },
    close: () => {
      for (const cleanup of cleanups.splice(0)) cleanup();
    },
  };
}

/** Returns whether the person detached; false at the end of the input. */
async function copyInput(
  console: Console,
  attachment: Attachment,
  detachKeys: DetachKeys | undefined,
): Promise<boolean> {
  const input = console.openInput();
  for (let typed = await input.read(); typed !== null; typed = await input.read()) {
    const { pass, isComplete } = detachKeys?.filter(typed) ?? { pass: typed, isComplete: false };
    if (pass.length > 0) await attachment.write(pass);
    if (isComplete) return true;
  }
  return false;
}

async function copyOutput(console: Console, { output }: Attachment): Promise<void> {
  for (let piece = await output.read(); piece !== null; piece = await output.read()) {
    if (piece.name === 'stdout') console.out(piece.data);
    else console.err(piece.data);
  }
}

function followSize(console: Console, resize: (size: WindowSize) => Promise<void>): () => void {
  const send = async (tries: number) => {
    for (let attempt = 1; ; attempt++) {
      const size = console.windowSize();
      if (size === undefined || (size.rows === 0 && size.columns === 0)) return;
      try {
        return await resize(size);
      } catch {
        if (attempt >= tries) return;
        await console.sleep(RESIZE_PAUSE_MILLISECONDS * attempt);
      }
    }
  };
  void send(RESIZE_TRIES);
  return console.onSignal('SIGWINCH', () => void send(1));
}

/** Hands signals on instead of ending by them. Returns a function that stops it. */
export function proxySignals(console: Console, send: (signal: SignalName) => Promise<void>): () => void {
  const stops = PROXIED_SIGNALS.map((name) =>
    console.onSignal(name, () => {
      // The container may have ended in the meantime.
      send(name).catch(() => {});
    }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
