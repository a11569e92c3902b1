/**
 * What the programs of the OS that run for long have read of the configuration. Each writes it down when it starts, so
 * that `ros apply` knows what has changed for it since.
 */
import { makeDirectories, readTextIfExists, writeFileAtomic } from '../linux/file.ts';
import { getValue } from './get.ts';
import type { Config } from './schema.ts';
import { sortedJson } from './sorted-json.ts';

/** On a filesystem that starts empty at each boot. */
const DIRECTORY = '/run/paddock/in-use';

/** Those of the console that it takes over while it runs. */
export const LIVE_KEYS_OF_CONSOLE = [
  'disable_root',
  'rancher.debug',
  'rancher.disable',
  'rancher.environment.PATH',
  'rancher.network.http_proxy',
  'rancher.network.https_proxy',
  'rancher.network.no_proxy',
  'rancher.ssh',
  'ssh_pwauth',
] as const;

/** By the service that runs the program: the keys that it reads when it starts. */
export const KEYS_IN_USE = {
  network: ['hostname', 'rancher.network', 'rancher.defaults.network'],
  console: [
    ...LIVE_KEYS_OF_CONSOLE,
    'chpasswd',
    'final_message',
    'groups',
    'mounts',
    'password',
    'power_state',
    'runcmd',
    'ssh_deletekeys',
    'ssh_keys',
    'swap',
    'timezone',
    'users',
    'write_files',
  ],
} as const;

export type LongRunning = keyof typeof KEYS_IN_USE;

/** Notes what a program has read. Throws SyscallError. */
export function recordInUse(program: LongRunning, config: Config): void {
  makeDirectories(DIRECTORY, 0o700);
  write(program, partsOf(program, config));
}

/** Notes that somebody else has done what a program does by one of its keys. Throws SyscallError. */
export function recordDone(program: LongRunning, key: string, config: Config): void {
  write(program, { ...readInUse(program), [key]: partsOf(program, config)[key] ?? 'null' });
}

/** There are passwords among the values. */
function write(program: LongRunning, parts: Readonly<Record<string, string>>): void {
  writeFileAtomic(`${DIRECTORY}/${program}.json`, JSON.stringify(parts), 0o600);
}

/** What a program noted by key, each value as JSON; undefined if it does not run. */
export function readInUse(program: LongRunning): Readonly<Record<string, string>> | undefined {
  const text = readTextIfExists(`${DIRECTORY}/${program}.json`);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The keys whose values are others now than those that a program noted. */
export function changedKeys(
  program: LongRunning,
  noted: Readonly<Record<string, string>>,
  config: Config,
): string[] {
  const now = partsOf(program, config);
  return KEYS_IN_USE[program].filter((key) => now[key] !== noted[key]);
}

function partsOf(program: LongRunning, config: Config): Record<string, string> {
  return Object.fromEntries(
    KEYS_IN_USE[program].map((key) => [key, sortedJson(getValue(config, key) ?? null)]),
  );
}
