import { nearest } from '../../config/nearest.ts';
import type { EngineClient } from '../../engine/client.ts';
import { parseProject } from '../../services/project.ts';
import { type Command, CommandFailure, defineCommand } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import { UsageError } from '../docker/flags.ts';
import type { Machine } from './machine.ts';
import { PrefixedLines } from './prefixed-lines.ts';

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
    async run({ client, console }, { follow, lines }, names) {
      if (names.length === 0) throw new UsageError('Must specify one or more services');
      const containers = await containerNames(machine, names);
      const options = { follow, tail: String(lines ?? DEFAULT_LINES) };
      const width = Math.max(...names.map((name) => name.length));
      const print = ([name, container]: readonly [string, string]) =>
        printLogs(client, console, { container, prefix: `${name.padEnd(width)} | `, ...options });
      await Promise.all([...containers].map(print));
      return 0;
    },
  });
}

/** The containers of services by the services' names. */
async function containerNames(machine: Machine, names: readonly string[]): Promise<Map<string, string>> {
  const { services } = parseProject((await machine.load()).config);
  const known = services.map(({ name }) => name);
  return new Map(
    names.map((name) => {
      const service = services.find((candidate) => candidate.name === name);
      if (service !== undefined) return [name, service.containerName];
      const guess = nearest(name, known);
      const advice = guess === undefined ? 'ros service list -a lists them' : `did you mean ${guess}?`;
      throw new CommandFailure(`${name} is not a service; ${advice}`);
    }),
  );
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
