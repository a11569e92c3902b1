/** The executable of the OS. It is every command; the name that it is called by picks which. */
import { describeError } from './linux/error-report.ts';
import { runUntilSettled } from './linux/event-loop.ts';
import { log } from './linux/log.ts';
import { exit } from './linux/process.ts';
import { blockSignals } from './linux/signal.ts';

/** A command takes the arguments behind its name and returns its exit code. */
type Command = (args: string[]) => number | Promise<number>;

/** Each is imported only when it is called: what a process does not need takes neither its time nor its memory. */
const COMMANDS: Readonly<Record<string, Command>> = {
  autologin: async () => (await import('./commands/autologin.ts')).autologinCommand(),
  'cloud-init-save': async (args) =>
    (await import('./commands/cloud-init-save.ts')).cloudInitSaveCommand(args),
  'docker-init': async (args) => (await import('./commands/docker-init.ts')).dockerInitCommand(args),
  halt: power('halt'),
  init: async () => (await import('./init/boot.ts')).boot(),
  netconf: async (args) => (await import('./commands/netconf.ts')).netconfCommand(args),
  poweroff: power('poweroff'),
  reboot: power('reboot'),
  recovery: async (args) => (await import('./commands/recovery.ts')).recoveryCommand(args),
  respawn: async (args) => (await import('./commands/respawn.ts')).respawnCommand(args),
  ros: async (args) => (await import('./commands/ros/ros.ts')).rosCommand(args),
  'ros-shutdown': async (args) => (await import('./commands/ros-shutdown.ts')).rosShutdownCommand(args),
  'ros-sysinit': async () => (await import('./commands/ros-sysinit.ts')).rosSysinitCommand(),
  shutdown: power('shutdown'),
  'system-docker': systemDocker,
  udevd: async () => (await import('./commands/udevd.ts')).udevdCommand(),
  'wait-for-docker': async (args) =>
    (await import('./commands/wait-for-docker.ts')).waitForDockerCommand(args),
};

function power(name: string): Command {
  return async (args) => (await import('./commands/power.ts')).powerCommand(name)(args);
}

async function systemDocker(args: string[]): Promise<number> {
  if (args[0] === 'daemon') return (await import('./commands/daemon.ts')).daemonCommand(args.slice(1));
  return (await import('./commands/docker/docker.ts')).dockerCommand(args);
}

function main(): number {
  const [name = '', ...args] = host.arguments;
  const base = name.slice(name.lastIndexOf('/') + 1);
  const command = COMMANDS[base];
  if (command === undefined) {
    log.error(`${base}: not a command of Paddock; it is one of ${Object.keys(COMMANDS).join(', ')}`);
    return 127;
  }
  // A write to a pipe that nobody reads any more shall fail with EPIPE, not end the program.
  blockSignals('SIGPIPE');
  return runUntilSettled(Promise.resolve(command(args)));
}

try {
  exit(main());
} catch (error) {
  log.error(describeError(error));
  exit(1);
}
