/** `run` and `create`: containers from images. */
import { EngineApiError } from '../../engine/client.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { checkTerminal, runAttached, startOrFail } from './attached-run.ts';
import { type Context, defineCommand } from './command.ts';
import { type AttachedStreams, CREATE_FLAGS, type CreateFlags, createRequest } from './create-options.ts';

const MANY = Number.POSITIVE_INFINITY;
const EXIT_ENGINE_FAILED = 125;

export const runCommand = defineCommand({
  summary: 'Create a container and start it',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  arguments: [1, MANY],
  stopsAtArgument: true,
  failureCode: EXIT_ENGINE_FAILED,
  flags: {
    ...CREATE_FLAGS,
    detach: { kind: 'boolean', short: 'd', help: 'Leave it running and print its id' },
    'detach-keys': { kind: 'string', value: 'keys', help: 'Keys that leave it running: ctrl-p,ctrl-q' },
    'sig-proxy': { kind: 'boolean', isDefault: true, help: 'Send it the signals that we get' },
  },
  examples: [
    ['run --rm -it busybox sh', 'a shell in a new container, gone afterwards'],
    ['run -d --name web --net host --restart always -v /opt/www:/www nginx', 'a service'],
    ['run --rm --privileged --pid host -v /:/host busybox chroot /host', 'the host itself'],
  ],
  async run(context, flags, args) {
    const stdin = flags.interactive && !flags.detach;
    if (!flags.detach) checkTerminal(context, { tty: flags.tty, stdin });
    const id = await create(context, flags, args, { stdin, output: !flags.detach });
    if (flags.detach) {
      await startOrFail(context, id);
      context.console.out(`${id}\n`);
      return 0;
    }
    return runAttached(context, {
      id,
      tty: flags.tty,
      stdin,
      isRemoved: flags.rm,
      detachKeys: flags['detach-keys'],
      proxiesSignals: flags['sig-proxy'],
    });
  },
});

export const createCommand = defineCommand({
  summary: 'Create a container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  arguments: [1, MANY],
  stopsAtArgument: true,
  flags: CREATE_FLAGS,
  async run(context, flags, args) {
    const id = await create(context, flags, args, { stdin: flags.interactive, output: true });
    context.console.out(`${id}\n`);
    return 0;
  },
});

/** Creates a container and prints the engine's warnings. Returns its id. */
async function create(
  { client, console }: Context,
  flags: CreateFlags,
  args: readonly string[],
  attached: AttachedStreams,
): Promise<string> {
  const request = createRequest(flags, args, attached, console);
  try {
    const { Id, Warnings } = await client.createContainer(request, flags.name);
    for (const warning of Warnings ?? []) console.err(`WARNING: ${warning}\n`);
    return Id;
  } catch (error) {
    if (error instanceof EngineApiError && error.status === 404 && /no such image/i.test(error.message)) {
      const name = familiarReference(withDefaultTag(parseReference(args[0] ?? '')));
      console.err(`Unable to find image '${name}' locally\n`);
    }
    throw error;
  }
}
