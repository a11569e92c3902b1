/** Everything that can be wrong with a document, found without the machine that it is for. */
import { inspectConfig } from '../config/check.ts';
import { ConfigError } from '../config/config-error.ts';
import { isMap, type YamlMap } from '../config/merge.ts';
import { parseYaml } from '../config/yaml.ts';
import { lazyLocator } from '../config/yaml-position.ts';
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
  let document: YamlMap;
  try {
    document = parseMap(text, file);
  } catch (error) {
    if (error instanceof ConfigError) return { errors: [error], warnings: [] };
    throw error;
  }
  const locate = lazyLocator(text);
  const { wrong, unknown, idle } = inspectConfig(document, { file, locate });
  const services = serviceMistakes(document).map(
    ({ path, message }) => new ConfigError(file, message, locate(path, 'key')),
  );
  return { errors: [...wrong, ...unknown, ...services].sort(byPlace), warnings: [...idle].sort(byPlace) };
}

function parseMap(text: string, file: string): YamlMap {
  const document = parseYaml(text, file) ?? {};
  if (isMap(document)) return document;
  throw new ConfigError(file, 'the document is not a map of keys');
}

/** Of the services that are maps, whatever else may be wrong with the document. */
function serviceMistakes({ rancher }: YamlMap): { path: string[]; message: string }[] {
  const { services, environment } = isMap(rancher) ? rancher : {};
  const definitions = Object.entries(isMap(services) ? services : {}).filter(
    (entry): entry is [string, YamlMap] => isMap(entry[1]),
  );
  const variables = Object.entries({ ...FACTS, ...(isMap(environment) ? environment : {}) });
  const values = Object.fromEntries(variables.map(([name, value]) => [name, String(value)]));
  return definitions.flatMap(([name, definition]) => {
    const mistake = (message: string) => {
      const key = /^\w+/.exec(message)?.[0] ?? '';
      return { path: ['rancher', 'services', name, key], message: `rancher.services.${name}.${message}` };
    };
    // Without an image it may be meant to change a service that is there already.
    const image = definition['build'] == null ? { image: 'absent' } : {};
    const others = { ...Object.fromEntries(definitions), [name]: { ...image, ...definition } };
    try {
      return parseService(name, others, values, () => '').warnings.map(mistake);
    } catch (error) {
      return [mistake(errorMessage(error))];
    }
  });
}

function byPlace(a: ConfigError, b: ConfigError): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
