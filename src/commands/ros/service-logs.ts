import type { EngineClient } from '../../engine/client.ts';
import { PrefixedLines } from '../../services/prefixed-lines.ts';
import { type Command, type Context, defineCommand } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import type { Machine } from './machine.ts';
import { loadServices, requireNames, requireServices, serviceContainers } from './services.ts';

const DEFAULT_LINES = 100;

/** `ros service logs` */
export function serviceLogs(machine: Machine): Command {
  return defineCommand({
    summary: 'Show what services have written',
    usage: '[OPTIONS] SERVICE [SERVICE...]',
    arguments: [0, Number.POSITIVE_INFINITY],
    flags: {
      follow: { kind: 'boolean', short: 'f', help: 'Go on with what comes' },
      lines: { kind: 'integer', help: `How many of the last lines; ${DEFAULT_LINES} if not given` },
    },
    examples: [['logs -f network ntp', 'two services at the same time']],
    async run(context, { follow, lines }, names) {
      requireNames(names);
      await printServices(machine, context, names, { follow, tail: String(lines ?? DEFAULT_LINES) });
      return 0;
    },
  });
}

/** Shows what services write from now on; all of them if none is named. */
export async function followServices(
  machine: Machine,
  context: Context,
  names: readonly string[],
): Promise<void> {
  const all = names.length === 0 ? [...(await serviceContainers(context.client)).keys()] : names;
  await printServices(machine, context, all, { follow: true, tail: '0' });
}

async function printServices(
  machine: Machine,
  { client, console }: Context,
  names: readonly string[],
  options: { follow: boolean; tail: string },
): Promise<void> {
  const containers = await serviceContainers(client);
  const { project } = await loadServices(machine, console, 'never');
  requireServices(
    project,
    names.filter((name) => !containers.has(name)),
  );
  const width = Math.max(...names.map((name) => name.length));
  const print = (name: string) => {
    const own = project.services.find((service) => service.name === name)?.containerName;
    const container = containers.get(name)?.Id ?? own ?? name;
    return printLogs(client, console, { container, prefix: `${name.padEnd(width)} | `, ...options });
  };
  await Promise.all(names.map(print));
}

async function printLogs(
  client: EngineClient,
  console: Console,
  options: { container: string; prefix: string; follow: boolean; tail: string },
): Promise<void> {
  const { container, prefix, follow, tail } = options;
  const lines = { stdout: new PrefixedLines(prefix), stderr: new PrefixedLines(prefix) };
  const write = { stdout: console.out, stderr: console.err };
  const output = await client.containerLogs(container, { stdout: true, stderr: true, follow, tail });
  for (let piece = await output.read(); piece !== null; piece = await output.read()) {
    write[piece.name](lines[piece.name].push(piece.data));
  }
  for (const name of ['stdout', 'stderr'] as const) write[name](lines[name].end());
}
