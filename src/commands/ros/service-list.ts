import type { Config } from '../../config/schema.ts';
import { type Command, defineLocalCommand } from '../docker/command.ts';
import { outputFormat } from './format-flag.ts';
import type { Machine } from './machine.ts';

interface Entry {
  readonly name: string;
  readonly state: 'enabled' | 'disabled';
}

/** `ros service list` */
export function serviceList(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'List the services of the configuration and of its repositories',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: {
      all: { kind: 'boolean', short: 'a', help: 'Also those that the OS brings along' },
      update: { kind: 'boolean', short: 'u', help: 'Ask the repositories anew' },
      format: { kind: 'string', value: 'table|json', help: 'table if not given' },
    },
    examples: [['list -a', 'all; `ros service enable NAME` enables one']],
    async run({ console }, { all, update, format }) {
      const isJson = outputFormat(format) === 'json';
      const { config } = await machine.config();
      const { names, problems } = await catalogueNames(config, update);
      for (const problem of problems) console.err(`warning: ${problem}\n`);
      const entries = entriesOf(config, names, all ? [] : await builtIn(machine));
      if (isJson) console.out(`${JSON.stringify(entries, null, 2)}\n`);
      else console.out(entries.map(({ name, state }) => `${state.padEnd(8)} ${name}\n`).join(''));
      return 0;
    },
  });
}

async function builtIn(machine: Machine): Promise<string[]> {
  return Object.keys((await machine.osConfig()).rancher?.services ?? {});
}

/** A built-in service is shown nevertheless if it has been switched off. */
function entriesOf({ rancher }: Config, catalogue: readonly string[], hidden: readonly string[]): Entry[] {
  const include = rancher?.services_include ?? {};
  const configured = Object.keys(rancher?.services ?? {});
  const all = new Set([...configured, ...Object.keys(include), ...catalogue]);
  const isShown = (name: string) => !hidden.includes(name) || include[name] !== undefined;
  const isEnabled = (name: string) => include[name] ?? configured.includes(name);
  return [...all]
    .filter(isShown)
    .sort()
    .map((name) => ({ name, state: isEnabled(name) ? 'enabled' : 'disabled' }));
}

async function catalogueNames(
  config: Config,
  isFresh: boolean,
): Promise<{ names: string[]; problems: string[] }> {
  if (Object.keys(config.rancher?.repositories ?? {}).length === 0) return { names: [], problems: [] };
  const { openCatalogue } = await import('../../services/catalogue.ts');
  const catalogue = openCatalogue(config, () => host.sha256());
  return catalogue.list('services', isFresh ? 'refresh' : 'if absent');
}
