/** Everything that can be wrong with a document, found without the machine that it is for. */
import { inspectConfig } from '../config/check.ts';
import { ConfigError } from '../config/config-error.ts';
import { isMap, type YamlMap } from '../config/merge.ts';
import type { Config } from '../config/schema.ts';
import { parseYaml } from '../config/yaml.ts';
import { type Locate, lazyLocator } from '../config/yaml-position.ts';
import { errorMessage } from '../linux/error-report.ts';
import { parseService } from './service.ts';

export interface Findings {
  /** In the order of their places. */
  readonly errors: readonly ConfigError[];
  /** Keys without an effect, and the like. */
  readonly warnings: readonly ConfigError[];
}

/** What every machine has in its environment, with values that do not matter. */
const FACTS = { VERSION: '0', KERNEL_VERSION: '0' } as const;

/** @param file names the text in messages */
export function validateDocument(text: string, file: string): Findings {
  let document: unknown;
  try {
    document = parseYaml(text, file) ?? {};
    if (!isMap(document)) throw new ConfigError(file, 'the document is not a map of keys');
  } catch (error) {
    if (error instanceof ConfigError) return { errors: [error], warnings: [] };
    throw error;
  }
  const locate = lazyLocator(text);
  const { config, wrong, unknown, idle } = inspectConfig(document, { file, locate });
  const services = wrong.length === 0 ? serviceMistakes(config as Config, file, locate) : [];
  return { errors: [...wrong, ...unknown, ...services].sort(byPlace), warnings: [...idle].sort(byPlace) };
}

function serviceMistakes({ rancher }: Config, file: string, locate: Locate): ConfigError[] {
  const definitions = rancher?.services ?? {};
  const environment = { ...FACTS, ...rancher?.environment };
  return Object.keys(definitions).flatMap((name) => {
    const mistake = (message: string) => {
      const key = /^\w+/.exec(message)?.[0];
      const path = ['rancher', 'services', name, ...(key === undefined ? [] : [key])];
      return new ConfigError(file, `rancher.services.${name}.${message}`, locate(path, 'key'));
    };
    try {
      // Without an image it may be meant to change a service that is there already.
      const definition: YamlMap = { image: 'absent', ...definitions[name] };
      const { warnings } = parseService(name, { ...definitions, [name]: definition }, environment);
      return warnings.map(mistake);
    } catch (error) {
      return [mistake(errorMessage(error))];
    }
  });
}

function byPlace(a: ConfigError, b: ConfigError): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
