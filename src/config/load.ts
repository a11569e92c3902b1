/** The configuration of a machine out of all its sources. */
import { errorMessage } from '../linux/error-report.ts';
import { ConfigError } from './config-error.ts';
import { COMMAND_LINE_FILE, type KernelCommandLine, type Setting } from './kernel-command-line.ts';
import { isMap, merge, setAt, type YamlMap } from './merge.ts';
import { type Config, checkConfig } from './schema.ts';
import { parseYaml } from './yaml.ts';

/** os-config.yml, made JSON by the builder. */
export const OS_CONFIG = '/usr/share/ros/os-config.json';
export const OEM_CONFIG = '/usr/share/ros/oem/oem-config.yml';
/** Fragments, which are read in the order of their names. */
export const CLOUD_CONFIG_DIRECTORY = '/var/lib/rancher/conf/cloud-config.d';
/** What `ros config` writes. */
export const CLOUD_CONFIG = '/var/lib/rancher/conf/cloud-config.yml';

/** How files are read: those of the machine, or of a test. */
export interface ConfigFiles {
  /** Undefined if there is no such file. Other errors are thrown. */
  readText(path: string): string | undefined;
  /** The sorted names of the files in a directory; none if there is no such directory. */
  fileNames(path: string): readonly string[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** What was ignored and why, one line each. */
  readonly messages: readonly string[];
}

/**
 * Merges the sources, later ones over earlier ones: facts, os-config, OEM, cloud-config.d, cloud-config.yml, kernel
 * command line. A file or word with a mistake is left out, with one message.
 * @param facts what the system knows by itself, such as `rancher.environment.VERSION`
 */
export function loadConfig(files: ConfigFiles, commandLine: KernelCommandLine, facts: Config): LoadedConfig {
  const messages = commandLine.errors.map(ignored);
  let config: YamlMap = facts;
  const addSource = (readSource: () => YamlMap) => {
    try {
      config = merge(config, readSource());
    } catch (error) {
      messages.push(ignored(error));
    }
  };
  // The OS's own file was checked when it was built.
  addSource(() => readDocument(files, OS_CONFIG));
  for (const file of [OEM_CONFIG, ...fragmentPaths(files), CLOUD_CONFIG]) {
    addSource(() => checked(readDocument(files, file), { file }, messages));
  }
  for (const setting of commandLine.settings) {
    addSource(() => readSetting(setting, config, messages));
  }
  return { config: config as Config, messages };
}

function ignored(error: unknown): string {
  return `${errorMessage(error)}; ignored`;
}

function fragmentPaths(files: ConfigFiles): string[] {
  return files
    .fileNames(CLOUD_CONFIG_DIRECTORY)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${CLOUD_CONFIG_DIRECTORY}/${name}`);
}

function readDocument(files: ConfigFiles, file: string): YamlMap {
  const document = parseYaml(files.readText(file) ?? '', file) ?? {};
  if (!isMap(document)) throw new ConfigError(file, 'the document is not a map of keys');
  return document;
}

/** A word of the command line as a document of its own, unless its path leads through something that is no map. */
function readSetting({ path, value, isSecret }: Setting, config: YamlMap, messages: string[]): YamlMap {
  if (setAt(config, path, value) === undefined) {
    throw new ConfigError(
      COMMAND_LINE_FILE,
      `${path.join('.')}: a key above it holds a value that is no map`,
    );
  }
  return checked(setAt({}, path, value) ?? {}, { file: COMMAND_LINE_FILE, isSecret }, messages);
}

function checked(
  document: YamlMap,
  options: { readonly file: string; readonly isSecret?: boolean },
  messages: string[],
): YamlMap {
  const { config, warnings } = checkConfig(document, options);
  messages.push(...warnings);
  return config;
}
