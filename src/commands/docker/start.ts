/** `start` and `attach`: containers that exist. */
import { checkTerminal, runAttached } from './attached-run.ts';
import { CommandFailure, defineCommand, forEachName } from './command.ts';
import { proxySignals, startSession } from './session.ts';

const MANY = Number.POSITIVE_INFINITY;

export const startCommand = defineCommand({
  summary: 'Start containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: [1, MANY],
  flags: {
    attach: { kind: 'boolean', short: 'a', help: 'Show its output and hand signals on; for one container' },
    'detach-keys': { kind: 'string', value: 'keys', help: 'Keys that leave it running: ctrl-p,ctrl-q' },
    interactive: { kind: 'boolean', short: 'i', help: 'Send it standard input; for one container' },
  },
  async run(context, flags, names) {
    if (!flags.attach && !flags.interactive) {
      return forEachName(context, names, (name) => context.client.startContainer(name));
    }
    if (names.length > 1) throw new CommandFailure('you cannot start and attach multiple containers at once');
    const [name = ''] = names;
    const { Id, Config, HostConfig } = await context.client.inspectContainer(name);
    const stdin = flags.interactive && Config.OpenStdin === true;
    checkTerminal(context, { tty: Config.Tty === true, stdin });
    return runAttached(context, {
      id: Id,
      tty: Config.Tty === true,
      stdin,
      isRemoved: HostConfig.AutoRemove === true,
      detachKeys: flags['detach-keys'],
      proxiesSignals: true,
    });
  },
});

export const attachCommand = defineCommand({
  summary: 'Attach to a running container',
  usage: '[OPTIONS] CONTAINER',
  arguments: [1, 1],
  flags: {
    'detach-keys': { kind: 'string', value: 'keys', help: 'Keys that leave it running: ctrl-p,ctrl-q' },
    'no-stdin': { kind: 'boolean', help: 'Do not send standard input' },
    'sig-proxy': { kind: 'boolean', isDefault: true, help: 'Send it the signals that we get' },
  },
  async run(context, flags, [name = '']) {
    const { client, console } = context;
    const { Id, Config, State } = await client.inspectContainer(name);
    if (!State.Running) throw new CommandFailure('cannot attach to a stopped container, start it first');
    if (State.Paused) throw new CommandFailure('cannot attach to a paused container, unpause it first');
    if (State.Restarting)
      throw new CommandFailure('cannot attach to a restarting container, wait until it is running');
    const tty = Config.Tty === true;
    const stdin = Config.OpenStdin === true && !flags['no-stdin'];
    checkTerminal(context, { tty, stdin });
    const pending = await client.waitContainer(Id);
    const attachment = await client.attachContainer(Id, { stdin, stdout: true, stderr: true });
    const session = startSession(console, attachment, { tty, stdin, detachKeys: flags['detach-keys'] });
    const stopProxy = flags['sig-proxy']
      ? proxySignals(console, (signal) => client.killContainer(Id, { signal }))
      : () => {};
    try {
      if (tty) session.followSize((size) => client.resizeContainer(Id, size));
      if ((await session.finished) === 'detached') return 0;
      return (await pending.result).StatusCode;
    } finally {
      stopProxy();
      session.close();
      pending.close();
    }
  },
});
