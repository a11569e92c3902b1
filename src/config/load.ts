/** The configuration of a machine out of all its sources. */
import { errorMessage } from '../linux/error-report.ts';
import {
  CLOUD_CONFIG,
  type ConfigFiles,
  fragmentPaths,
  METADATA,
  OEM_CONFIG,
  OS_CONFIG,
} from './config-files.ts';
import type { KernelCommandLine } from './kernel-command-line.ts';
import { isMap, merge, type YamlMap } from './merge.ts';
import { fillInAddresses, type Metadata, metadataSource, parseMetadata } from './metadata.ts';
import type { Config } from './schema.ts';
import type { CheckedSource, Source } from './source.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** What was merged, in this order. */
  readonly sources: readonly Source[];
  /** What was ignored and why, one line each. */
  readonly messages: readonly string[];
}

/**
 * Merges the sources, later ones over earlier ones: facts, os-config, OEM, cloud-config.d, cloud-config.yml, kernel
 * command line (what is behind ` -- ` last), what `rancher.debug` and `fqdn` mean, metadata. A file or word with a mistake is left
 * out, with one message. YAML and the schema are imported only if there is something to read or to check.
 * @param facts what the system knows by itself, such as `rancher.environment.VERSION`
 */
export async function loadConfig(
  files: ConfigFiles,
  commandLine: KernelCommandLine,
  facts: Config,
): Promise<LoadedConfig> {
  const messages = commandLine.errors.map(ignored);
  const sources: Source[] = [];
  let config: YamlMap = {};
  const add = (source: Source) => {
    sources.push(source);
    config = merge(config, source.values);
  };
  const attempt = async (read: () => Promise<CheckedSource | undefined>) => {
    try {
      const checked = await read();
      if (checked === undefined) return;
      messages.push(...checked.messages);
      add(checked.source);
    } catch (error) {
      messages.push(ignored(error));
    }
  };

  add({ name: 'the system itself', values: facts, isDefault: true });
  await attempt(async () => {
    const values = readOsConfig(files);
    return values && { source: { name: OS_CONFIG, values, isDefault: true }, messages: [] };
  });
  const metadata = await readMetadata(files, messages);
  for (const file of [OEM_CONFIG, ...fragmentPaths(files), CLOUD_CONFIG]) {
    await attempt(() => readFragment(files, file, metadata));
  }
  for (const setting of commandLine.settings) {
    await attempt(async () => (await import('./source.ts')).readSetting(setting, config));
  }
  if (isDebug(config)) add({ name: 'rancher.debug', values: DEBUG });
  const { hostname, fqdn } = config;
  if (!hostname && typeof fqdn === 'string')
    add({ name: 'fqdn', values: { hostname: fqdn.split('.', 1)[0] } });
  if (metadata !== undefined) add({ name: METADATA, values: metadataSource(metadata, config) });
  return { config: config as Config, sources, messages };
}

/** What `rancher.debug` switches on. */
const DEBUG = {
  rancher: {
    log: true,
    docker: { debug: true },
    system_docker: { debug: true },
    bootstrap_docker: { debug: true },
  },
} as const;

function isDebug({ rancher }: YamlMap): boolean {
  return isMap(rancher) && rancher['debug'] === true;
}

function ignored(error: unknown): string {
  return `${errorMessage(error)}; ignored`;
}

/** The OS's own file, which was checked when it was built. */
export function readOsConfig(files: ConfigFiles): Config | undefined {
  const text = files.readText(OS_CONFIG);
  return text === undefined ? undefined : JSON.parse(text);
}

async function readFragment(
  files: ConfigFiles,
  file: string,
  metadata: Metadata | undefined,
): Promise<CheckedSource | undefined> {
  const text = files.readText(file);
  if (text === undefined) return undefined;
  const { parseSource } = await import('./document.ts');
  const { source, messages } = parseSource(file, metadata ? fillInAddresses(text, metadata) : text);
  return { source: file === OEM_CONFIG ? { ...source, isDefault: true } : source, messages };
}

async function readMetadata(files: ConfigFiles, messages: string[]): Promise<Metadata | undefined> {
  try {
    const text = files.readText(METADATA);
    if (text === undefined) return undefined;
    const { parseYaml } = await import('./yaml.ts');
    return parseMetadata(parseYaml(text, METADATA), METADATA);
  } catch (error) {
    messages.push(ignored(error));
    return undefined;
  }
}
