import { nearest } from '../../config/nearest.ts';
import type { Origin } from '../../config/origins.ts';
import { type Command, CommandFailure, defineLocalCommand } from '../docker/command.ts';
import { alignColumns, ellipsis } from '../docker/table.ts';
import { outputFormat } from './format-flag.ts';
import type { Machine } from './machine.ts';

const VALUE_WIDTH = 40;

/** `ros config sources` */
export function configSources(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Tell which file or kernel word decided a value',
    usage: '[OPTIONS] KEY',
    arguments: [1, 1],
    flags: {
      all: { kind: 'boolean', short: 'a', help: 'Also the values that others went over' },
      format: { kind: 'string', value: 'table|json', help: 'table if not given' },
    },
    examples: [['sources -a rancher.network', 'each value below it, and what it replaced']],
    async run({ console }, { all, format: wanted }, [key = '']) {
      const format = outputFormat(wanted);
      const { sources, config } = await machine.load();
      const { findOrigins } = await import('../../config/origins.ts');
      const origins = findOrigins(sources, config, key).filter(({ decides }) => all || decides);
      if (origins.length === 0) throw new CommandFailure(notSet(key, config));
      console.out(format === 'json' ? `${JSON.stringify(origins, null, 2)}\n` : table(origins));
      return 0;
    },
  });
}

function notSet(key: string, config: object): string {
  const guess = nearest(key, Object.keys(config));
  return `${key}: nothing sets it${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}

/** Those that count come last of those with the same key. */
function table(origins: readonly Origin[]): string {
  const rows = origins.map(({ key, value, source, decides }) => [
    key,
    value === undefined ? '(secret)' : ellipsis(shown(value), VALUE_WIDTH),
    decides ? source : `${source} (replaced)`,
  ]);
  return alignColumns([['KEY', 'VALUE', 'SOURCE'], ...rows]);
}

function shown(value: unknown): string {
  return typeof value === 'string' && !/[\n\t]/.test(value) ? value : JSON.stringify(value);
}
