/** Labels of services that say how they are started, and labels that say what a container was made from. */
import { type Predecessor, parsePredecessor } from './compose-depends.ts';
import { ServiceError } from './service-error.ts';

/** Written by people, as in RancherOS. */
export const LABEL = {
  /** `system`: a container of System Docker; anything else belongs to User Docker. */
  SCOPE: 'io.rancher.os.scope',
  /** Names of services that come before this one, each with `:healthy`, `:started` or `:completed` behind it or not. */
  AFTER: 'io.rancher.os.after',
  /** Names of services that are started after this one. */
  BEFORE: 'io.rancher.os.before',
  /** `false`: whatever comes after this one waits until it has exited. */
  DETACH: 'io.rancher.os.detach',
  /** `true`: created and never started. */
  CREATE_ONLY: 'io.rancher.os.createonly',
  /** `true`: when this one is there, the configuration is read anew, and with it what is not started yet. */
  RELOAD_CONFIG: 'io.rancher.os.reloadconfig',
  /** `always`: a new container at each boot; `false`: never a new one. */
  REBUILD: 'io.docker.compose.rebuild',
} as const;

/** Written by us onto each container, under compose's names. */
export const COMPOSE_LABEL = {
  PROJECT: 'com.docker.compose.project',
  SERVICE: 'com.docker.compose.service',
  CONFIG_HASH: 'com.docker.compose.config-hash',
} as const;

/** The compose project that the services of the OS are. */
export const PROJECT = 'os';

/** When an existing container is replaced: at each boot, if its definition or image has changed, or never. */
export type Rebuild = 'always' | 'changed' | 'never';

/** What the labels say about starting a service. */
export interface StartRules {
  readonly scope: 'system' | 'user';
  readonly after: readonly Predecessor[];
  readonly before: readonly string[];
  readonly isCreateOnly: boolean;
  /** Whether its dependents wait for its exit. */
  readonly waitsForExit: boolean;
  readonly reloadsConfig: boolean;
  readonly rebuild: Rebuild;
}

/** @throws ServiceError for a value that means nothing */
export function parseLabels(labels: Readonly<Record<string, string>>): StartRules {
  return {
    scope: labels[LABEL.SCOPE] === 'system' ? 'system' : 'user',
    after: names(labels, LABEL.AFTER).map((name) => renamed(parsePredecessor(name, `labels.${LABEL.AFTER}`))),
    before: names(labels, LABEL.BEFORE).map((name) => RENAMED[name] ?? name),
    isCreateOnly: flag(labels, LABEL.CREATE_ONLY, false),
    waitsForExit: !flag(labels, LABEL.DETACH, true),
    reloadsConfig: flag(labels, LABEL.RELOAD_CONFIG, false),
    rebuild: rebuildOf(labels[LABEL.REBUILD]),
  };
}

/** The service of which cloud-init is the old name. */
const RENAMED: Readonly<Record<string, string>> = { 'cloud-init': 'cloud-init-execute' };

function renamed({ name, condition }: Predecessor): Predecessor {
  return { name: RENAMED[name] ?? name, condition };
}

function names(labels: Readonly<Record<string, string>>, label: string): string[] {
  const written = (labels[label] ?? '').split(',').map((name) => name.trim());
  return written.filter((name) => name !== '');
}

function flag(labels: Readonly<Record<string, string>>, label: string, absent: boolean): boolean {
  const value = labels[label];
  if (value === undefined) return absent;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new ServiceError(`labels.${label}: expected true or false, got "${value}"`);
}

function rebuildOf(value: string | undefined): Rebuild {
  if (value === undefined) return 'changed';
  if (value === 'always') return 'always';
  if (value === 'false') return 'never';
  throw new ServiceError(`labels.${LABEL.REBUILD}: expected always or false, got "${value}"`);
}
