/** The commands of `ros`. */

import { runConsole } from '../../init/console/console-init.ts';
import type { Command } from '../docker/command.ts';
import { udevSettleCommand } from '../udev-settle.ts';
import { apply } from './apply.ts';
import { boot } from './boot.ts';
import { completion } from './completion.ts';
import { configEdit } from './config-edit.ts';
import { configExport } from './config-export.ts';
import { configGet } from './config-get.ts';
import { configImages } from './config-images.ts';
import { configMerge } from './config-merge.ts';
import { configSet } from './config-set.ts';
import { configSources } from './config-sources.ts';
import { configValidate } from './config-validate.ts';
import { dev } from './dev.ts';
import { entrypoint } from './entrypoint.ts';
import { env } from './env.ts';
import type { Machine } from './machine.ts';

/** Commands by their names. */
export type Commands = Readonly<Record<string, Command>>;

/** Commands behind a common first word. */
export interface CommandGroup {
  /** One line for the overview, without a full stop. */
  readonly summary: string;
  /** A shorter form of the word. */
  readonly alias?: string;
  /** Shorter forms of its commands, and what they stand for. */
  readonly commandAliases?: Readonly<Record<string, string>>;
  /** Imported when they are needed. */
  readonly commands: () => Promise<Commands>;
  /** Those that need neither root nor this system. */
  readonly forAnybody?: readonly string[];
}

/** What people use, by its first word. */
export function commandGroups(machine: Machine): Readonly<Record<string, CommandGroup>> {
  return {
    config: {
      summary: 'The configuration: os-config, cloud-config and kernel command line, merged',
      alias: 'c',
      commands: async () => ({
        get: configGet(machine),
        set: configSet,
        edit: configEdit,
        merge: configMerge,
        validate: configValidate,
        export: configExport(machine),
        sources: configSources(machine),
        images: configImages(machine),
      }),
      forAnybody: ['validate'],
    },
    service: {
      summary: "The system's services, which are containers of System Docker",
      alias: 's',
      commands: async () => (await import('./service-commands.ts')).serviceCommands(machine),
    },
    tls: {
      summary: 'Certificates for engines that listen with TLS, and for their clients',
      commands: async () => ({ generate: (await import('./tls-generate.ts')).tlsGenerate(machine) }),
      commandAliases: { gen: 'generate' },
    },
  };
}

/** What people use and has no group. */
export function singleCommands(machine: Machine): Readonly<Record<string, Command>> {
  return {
    apply: apply(machine),
    boot,
    dev,
    env: env(machine),
    completion: completion(
      () => commandGroups(machine),
      () => singleCommands(machine),
    ),
  };
}

/** Those of them that need neither root nor this system. */
export const SINGLES_FOR_ANYBODY: readonly string[] = ['completion'];

/** What the services run; not shown to people. Each takes the arguments behind its name and returns an exit code. */
export const INTERNAL_COMMANDS: Readonly<Record<string, (args: string[]) => number | Promise<number>>> = {
  'console-init': runConsole,
  entrypoint,
  'udev-settle': udevSettleCommand,
};
