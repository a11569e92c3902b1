/** The executable of the OS. It is every command; the name that it is called by picks which. */
import { autologinCommand } from './commands/autologin.ts';
import { daemonCommand } from './commands/daemon.ts';
import { dockerCommand } from './commands/docker/docker.ts';
import { dockerInitCommand } from './commands/docker-init.ts';
import { netconfCommand } from './commands/netconf.ts';
import { powerCommand } from './commands/power.ts';
import { recoveryCommand } from './commands/recovery.ts';
import { respawnCommand } from './commands/respawn.ts';
import { rosCommand } from './commands/ros/ros.ts';
import { rosShutdownCommand } from './commands/ros-shutdown.ts';
import { rosSysinitCommand } from './commands/ros-sysinit.ts';
import { udevdCommand } from './commands/udevd.ts';
import { boot } from './init/boot.ts';
import { describeError } from './linux/error-report.ts';
import { runUntilSettled } from './linux/event-loop.ts';
import { log } from './linux/log.ts';
import { exit } from './linux/process.ts';
import { blockSignals } from './linux/signal.ts';

/** A command takes the arguments behind its name and returns its exit code. */
type Command = (args: string[]) => number | Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  autologin: autologinCommand,
  'docker-init': dockerInitCommand,
  halt: powerCommand('halt'),
  init: boot,
  netconf: netconfCommand,
  poweroff: powerCommand('poweroff'),
  reboot: powerCommand('reboot'),
  recovery: recoveryCommand,
  respawn: respawnCommand,
  ros: (args) => rosCommand(args),
  'ros-shutdown': rosShutdownCommand,
  'ros-sysinit': rosSysinitCommand,
  shutdown: powerCommand('shutdown'),
  'system-docker': ([first, ...rest]) =>
    first === 'daemon' ? daemonCommand(rest) : dockerCommand(first === undefined ? [] : [first, ...rest]),
  udevd: udevdCommand,
};

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
