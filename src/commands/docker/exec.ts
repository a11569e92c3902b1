/** `exec`: another process in a running container. */
import { checkTerminal } from './attached-run.ts';
import { CommandFailure, defineCommand } from './command.ts';
import { resolveVariables } from './create-options.ts';
import { startSession } from './session.ts';

export const execCommand = defineCommand({
  summary: 'Run a command in a running container',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  arguments: [2, Number.POSITIVE_INFINITY],
  stopsAtArgument: true,
  flags: {
    detach: { kind: 'boolean', short: 'd', help: 'Do not wait for it' },
    'detach-keys': { kind: 'string', value: 'keys', help: 'Keys that leave it running: ctrl-p,ctrl-q' },
    env: {
      kind: 'list',
      short: 'e',
      value: 'NAME[=value]',
      help: 'Variable; without a value, that of your own',
    },
    interactive: { kind: 'boolean', short: 'i', help: 'Send it standard input' },
    privileged: { kind: 'boolean', help: 'All capabilities' },
    tty: { kind: 'boolean', short: 't', help: 'Give it a terminal' },
    user: { kind: 'string', short: 'u', value: 'user[:group]', help: 'Who it runs as' },
    workdir: { kind: 'string', short: 'w', help: 'Directory it starts in' },
  },
  examples: [
    ['exec -it console sh', 'a shell in the console'],
    ['exec network ip address', 'one command'],
  ],
  async run(context, flags, [container = '', ...command]) {
    const { client, console } = context;
    const attaches = !flags.detach;
    const stdin = flags.interactive && attaches;
    if (attaches) checkTerminal(context, { tty: flags.tty, stdin });
    const size = flags.tty ? console.windowSize() : undefined;
    const exec = await client.createExec(container, {
      Cmd: command,
      AttachStdin: stdin,
      AttachStdout: attaches,
      AttachStderr: attaches,
      Tty: flags.tty,
      Privileged: flags.privileged,
      Env: resolveVariables(flags.env, console),
      User: flags.user ?? '',
      WorkingDir: flags.workdir ?? '',
      ...(size === undefined ? {} : { ConsoleSize: [size.rows, size.columns] as const }),
    });
    if (flags.detach) {
      await client.startExecDetached(exec, flags.tty);
      return 0;
    }
    const attachment = await client.startExec(exec, { tty: flags.tty, size });
    const session = startSession(console, attachment, {
      tty: flags.tty,
      stdin,
      detachKeys: flags['detach-keys'],
    });
    try {
      if (flags.tty) session.followSize((newSize) => client.resizeExec(exec, newSize));
      if ((await session.finished) === 'detached') return 0;
    } finally {
      session.close();
    }
    const { ExitCode } = await client.inspectExec(exec);
    if (ExitCode === null) throw new CommandFailure('the engine does not know how the command ended');
    return ExitCode;
  },
});
