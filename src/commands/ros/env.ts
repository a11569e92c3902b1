import { configuredEnvironment } from '../../config/environment.ts';
import { execute } from '../../linux/process.ts';
import { type Command, defineLocalCommand } from '../docker/command.ts';
import type { Machine } from './machine.ts';

/** Finds the program in PATH. */
const ENV = '/usr/bin/env';

/** `ros env` */
export function env(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Run a command with the variables of rancher.environment, and of the proxies',
    usage: 'COMMAND [ARG...]',
    arguments: [1, Number.POSITIVE_INFINITY],
    flags: {},
    stopsAtArgument: true,
    examples: [['env sh -c \'echo "$VERSION"\'', 'the version of the OS']],
    async run(_context, _flags, words) {
      const { config } = await machine.config();
      const variables = Object.entries(configuredEnvironment(config));
      const entries = variables.map(([name, value]) => `${name}=${value}`);
      return execute(ENV, ['env', ...entries, ...words], host.environment);
    },
  });
}
