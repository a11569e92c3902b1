/**
 * What the instructions of a Dockerfile do to an image's configuration. They come from a build, or from the changes that
 * `docker commit` and `docker import` take.
 */
import type { ContainerConfig } from './container-config.ts';
import { DockerfileError } from './dockerfile-error.ts';
import {
  type CommandForm,
  type Instruction,
  type Pairs,
  parseInstruction,
} from './dockerfile-instruction.ts';
import type { EscapeCharacter } from './dockerfile-lines.ts';
import { expandWord, expandWords, type Variables } from './dockerfile-words.ts';
import { parseExposedPorts } from './exposed-ports.ts';

/** Instructions that change nothing but the configuration. */
export type ConfigChange = Instruction<
  | 'env'
  | 'label'
  | 'cmd'
  | 'entrypoint'
  | 'workdir'
  | 'user'
  | 'expose'
  | 'volume'
  | 'stopsignal'
  | 'shell'
  | 'onbuild'
  | 'healthcheck'
>;

/** What the change of a configuration depends on beside the instruction. */
export interface ChangeContext {
  /** For the replacement of variables. */
  readonly variables: Variables;
  readonly escaper: EscapeCharacter;
  /** Whether there was a CMD before in this stage: otherwise ENTRYPOINT takes the inherited one away. */
  readonly hasCmd: boolean;
}

export interface ChangedConfig {
  readonly config: ContainerConfig;
  /** The instruction as the image's history has it, with variables replaced. */
  readonly comment: string;
}

const DEFAULT_SHELL = ['/bin/sh', '-c'];
const COMMIT_CHANGES =
  'cmd entrypoint env expose healthcheck label onbuild stopsignal user volume workdir'.split(' ');

/** The configuration after one instruction. Throws DockerfileError, or FormatError for a port. */
export function changeConfig(
  config: ContainerConfig,
  instruction: ConfigChange,
  context: ChangeContext,
): ChangedConfig {
  const expand = (text: string) => expandWord(text, context.variables, context.escaper);
  const expandPairs = (pairs: Pairs): Pairs => pairs.map(([name, value]) => [expand(name), expand(value)]);
  switch (instruction.is) {
    case 'env': {
      const variables = expandPairs(instruction.variables);
      return {
        config: { ...config, Env: withEnvironment(config, variables) },
        comment: `ENV ${inWords(variables)}`,
      };
    }
    case 'label': {
      const labels = instruction.isLiteral === true ? instruction.labels : expandPairs(instruction.labels);
      const Labels = { ...config.Labels, ...Object.fromEntries(labels) };
      return { config: { ...config, Labels }, comment: `LABEL ${inWords(labels)}` };
    }
    case 'cmd': {
      const Cmd = commandWords(instruction, config);
      return { config: { ...config, Cmd }, comment: `CMD ${quoted(Cmd)}` };
    }
    case 'entrypoint': {
      const Entrypoint = commandWords(instruction, config);
      const changed = { ...config, Entrypoint: Entrypoint.length === 0 ? null : Entrypoint };
      if (!context.hasCmd) changed.Cmd = null;
      return { config: changed, comment: `ENTRYPOINT ${quoted(Entrypoint)}` };
    }
    case 'workdir': {
      const path = expand(instruction.path);
      const WorkingDir = cleanPath(path.startsWith('/') ? path : `${config.WorkingDir ?? ''}/${path}`);
      return { config: { ...config, WorkingDir }, comment: `WORKDIR ${WorkingDir}` };
    }
    case 'user': {
      const User = expand(instruction.user);
      return { config: { ...config, User }, comment: `USER ${User}` };
    }
    case 'expose': {
      const ports = instruction.ports
        .flatMap((text) => expandWords(text, context.variables, context.escaper))
        .sort();
      const added = Object.fromEntries(parseExposedPorts(ports).map((port) => [port, {}]));
      const ExposedPorts = { ...config.ExposedPorts, ...added };
      return { config: { ...config, ExposedPorts }, comment: `EXPOSE ${ports.join(' ')}` };
    }
    case 'volume': {
      const paths = instruction.paths.map(expand);
      if (paths.some((path) => path.trim() === '')) {
        throw new DockerfileError('VOLUME specified can not be an empty string');
      }
      const Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
      return { config: { ...config, Volumes }, comment: `VOLUME [${paths.join(' ')}]` };
    }
    case 'stopsignal': {
      const StopSignal = expand(instruction.signal);
      return { config: { ...config, StopSignal }, comment: `STOPSIGNAL ${StopSignal}` };
    }
    case 'shell': {
      const Shell = [...instruction.words];
      return { config: { ...config, Shell }, comment: `SHELL [${Shell.join(' ')}]` };
    }
    case 'onbuild': {
      const { trigger } = instruction;
      const OnBuild = [...(config.OnBuild ?? []), trigger];
      return { config: { ...config, OnBuild }, comment: `ONBUILD ${trigger}` };
    }
    case 'healthcheck':
      return { config: { ...config, Healthcheck: instruction.healthcheck }, comment: instruction.text };
  }
}

/** The words that a command consists of; one for the shell gets the shell of the configuration before it. */
export function commandWords({ words, isShell }: CommandForm, config: ContainerConfig): string[] {
  return isShell && words.length > 0 ? [...shellOf(config), ...words] : [...words];
}

/** The shell that runs what is not in JSON form. */
export function shellOf({ Shell }: ContainerConfig): readonly string[] {
  return Shell?.length ? Shell : DEFAULT_SHELL;
}

/**
 * Applies the changes that `docker commit --change` and `docker import --change` give, each an instruction.
 * Throws DockerfileError.
 */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  const lines = changes.flatMap((change) => change.split('\n')).map((line) => line.trim());
  let changed = config;
  let hasCmd = false;
  for (const text of lines) {
    if (text === '') continue;
    const instruction = parseInstruction({ text, documents: [] }, '\\');
    if (!isCommitChange(instruction))
      throw new DockerfileError(`${instruction.is} is not a valid change command`);
    const variables = environmentVariables(changed);
    changed = changeConfig(changed, instruction, { variables, escaper: '\\', hasCmd }).config;
    if (instruction.is === 'cmd') hasCmd = true;
  }
  return changed;
}

function isCommitChange(instruction: Instruction): instruction is ConfigChange {
  return COMMIT_CHANGES.includes(instruction.is);
}

/** Looks variables up in a configuration's environment. */
export function environmentVariables({ Env }: ContainerConfig): Variables {
  const values = new Map(
    (Env ?? []).map((variable) => {
      const equals = variable.indexOf('=');
      return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
  return (name) => values.get(name);
}

/** A variable keeps its place when its value changes. */
function withEnvironment({ Env }: ContainerConfig, variables: Pairs): string[] {
  const byName = new Map((Env ?? []).map((variable) => [variable.split('=', 1)[0] ?? '', variable]));
  for (const [name, value] of variables) byName.set(name, `${name}=${value}`);
  return [...byName.values()];
}

function inWords(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(' ');
}

function quoted(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
