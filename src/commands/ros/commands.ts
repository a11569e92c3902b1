/** The commands of `ros`. Each is imported only when it is needed, since loading all of them takes longer than what one does. */
import type { Command } from '../docker/command.ts';
import type { Machine } from './machine.ts';

/** Commands by their names; each function imports one. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** Commands behind a common first word. */
export interface CommandGroup {
  /** One line for the overview, without a full stop. */
  readonly summary: string;
  /** A shorter form of the word. */
  readonly alias?: string;
  /** Shorter forms of its commands, and what they stand for. */
  readonly commandAliases?: Readonly<Record<string, string>>;
  readonly commands: Commands;
  /** Those that need neither root nor this system. */
  readonly forAnybody?: readonly string[];
}

/** What people use, by its first word. */
export function commandGroups(machine: Machine): Readonly<Record<string, CommandGroup>> {
  return {
    config: {
      summary: 'The configuration: os-config, cloud-config and kernel command line, merged',
      alias: 'c',
      commands: configCommands(machine),
      forAnybody: ['validate', 'generate'],
    },
    service: {
      summary: "The system's services, which are containers of System Docker",
      alias: 's',
      commands: serviceCommands(machine),
    },
    tls: {
      summary: 'Certificates for engines that listen with TLS, and for their clients',
      commands: { generate: async () => (await import('./tls-generate.ts')).tlsGenerate(machine) },
      commandAliases: { gen: 'generate' },
    },
  };
}

function configCommands(machine: Machine): Commands {
  return {
    get: async () => (await import('./config-get.ts')).configGet(machine),
    set: async () => (await import('./config-set.ts')).configSet,
    edit: async () => (await import('./config-edit.ts')).configEdit,
    merge: async () => (await import('./config-merge.ts')).configMerge,
    validate: async () => (await import('./config-validate.ts')).configValidate,
    export: async () => (await import('./config-export.ts')).configExport(machine),
    sources: async () => (await import('./config-sources.ts')).configSources(machine),
    generate: async () => (await import('./config-generate.ts')).configGenerate,
    syslinux: async () => (await import('./config-syslinux.ts')).configSyslinux,
    images: async () => (await import('./config-images.ts')).configImages(machine),
  };
}

function serviceCommands(machine: Machine): Commands {
  const containers = async () => (await import('./service-containers.ts')).serviceContainerCommands(machine);
  return {
    list: async () => (await import('./service-list.ts')).serviceList(machine),
    enable: async () => (await import('./service-enable.ts')).serviceEnable(machine),
    disable: async () => (await import('./service-enable.ts')).serviceDisable,
    delete: async () => (await import('./service-enable.ts')).serviceDelete,
    up: async () => (await import('./service-up.ts')).serviceUp(machine),
    down: async () => (await containers()).down,
    create: async () => (await import('./service-up.ts')).serviceCreate(machine),
    start: async () => (await containers()).start,
    stop: async () => (await containers()).stop,
    restart: async () => (await containers()).restart,
    kill: async () => (await containers()).kill,
    rm: async () => (await containers()).rm,
    build: async () => (await import('./service-build.ts')).serviceBuild(machine),
    pull: async () => (await import('./service-pull.ts')).servicePull(machine),
    logs: async () => (await import('./service-logs.ts')).serviceLogs(machine),
    ps: async () => (await import('./service-ps.ts')).servicePs,
  };
}

/** What people use and has no group. */
export function singleCommands(machine: Machine): Commands {
  return {
    apply: async () => (await import('./apply.ts')).apply(machine),
    boot: async () => (await import('./boot.ts')).boot,
    dev: async () => (await import('./dev.ts')).dev,
    env: async () => (await import('./env.ts')).env(machine),
    completion: async () =>
      (await import('./completion.ts')).completion(
        () => commandGroups(machine),
        () => singleCommands(machine),
      ),
  };
}

/** Those of them that need neither root nor this system. */
export const SINGLES_FOR_ANYBODY: readonly string[] = ['completion'];

/** What the services run; not shown to people. Each takes the arguments behind its name and returns an exit code. */
export const INTERNAL_COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  'console-init': async () => (await import('../../init/console/console-init.ts')).runConsole(),
  entrypoint: async (args) => (await import('./entrypoint.ts')).entrypoint(args),
  'udev-settle': async () => (await import('../udev-settle.ts')).udevSettleCommand(),
};
