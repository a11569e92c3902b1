/** Documents of people as sources of the configuration. Apart from source.ts, since the YAML parser takes its time to load. */
import { checkConfig } from './check.ts';
import { ConfigError } from './config-error.ts';
import { isMap } from './merge.ts';
import { type CheckedSource, remarks } from './source.ts';
import { parseYaml } from './yaml.ts';
import { lazyLocator } from './yaml-position.ts';

/**
 * Reads a document of a person.
 * @throws ConfigError with the first mistake in it
 */
export function parseSource(name: string, text: string): CheckedSource {
  const document = parseYaml(text, name) ?? {};
  if (!isMap(document)) throw new ConfigError(name, 'the document is not a map of keys');
  const { config, unknown, idle } = checkConfig(document, { file: name, locate: lazyLocator(text) });
  return { source: { name, values: config, text }, messages: remarks({ unknown, idle }) };
}
