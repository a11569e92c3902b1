/** What runs in the container `console`: lets people in, and keeps the programs for that running. */

import { runCommands, runScripts } from '../../cloudinit/execute/commands.ts';
import { mountAll } from '../../cloudinit/execute/mounts.ts';
import { makeUsers } from '../../cloudinit/execute/users.ts';
import { writeConsoleFiles } from '../../cloudinit/execute/write-files.ts';
import { readMachineConfig } from '../../config/cache.ts';
import { LIVE_KEYS_OF_CONSOLE, recordDone, recordInUse } from '../../config/in-use.ts';
import { type KernelCommandLine, withoutDisabled } from '../../config/kernel-command-line.ts';
import { osVersion, readKernelCommandLine } from '../../config/machine.ts';
import type { Config } from '../../config/schema.ts';
import { growExt4, mountedExt4 } from '../../disk/grow-ext4.ts';
import { growPartition } from '../../disk/grow-partition.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { setTimer } from '../../linux/event-loop.ts';
import {
  changeMode,
  changeOwner,
  exists,
  makeDirectories,
  makeLink,
  readDirectory,
  readText,
  readTextIfExists,
  writeFile,
} from '../../linux/file.ts';
import { FILESYSTEM, filesystemType } from '../../linux/filesystem-type.ts';
import { formatAddress } from '../../linux/ip-address.ts';
import { logToKernel, setConsoleLogLevel } from '../../linux/kernel-log.ts';
import { log } from '../../linux/log.ts';
import { NETLINK, subscribe } from '../../linux/netlink.ts';
import { listAddresses } from '../../linux/netlink-address.ts';
import { listLinks } from '../../linux/netlink-link.ts';
import { spawn } from '../../linux/process.ts';
import { onSignal } from '../../linux/signal.ts';
import { areDriversLoaded, untilDriversLoaded } from '../drivers-loaded.ts';
import { parseCommands, Respawner } from '../respawn.ts';
import { authorizeKeys, makeHomes, setPassword } from './accounts.ts';
import { formatIssue } from './issue.ts';
import { writeProfile } from './profile.ts';
import { HOST_KEYS, keepHostKeys, SSH_SERVER, sshServerCommands } from './ssh-server.ts';
import { AUTOLOGIN, gettyCommands, terminalOfGetty } from './terminals.ts';

/** The name of the container is not the name of the console: there may be others. */
const CONSOLE = 'default';
const DONE = '/run/console-done';
const ISSUE = '/etc/issue';
const RESIZE = 'rancher.resize_device';
/** Commands of people that are kept running as well, one a line. */
const OWN_COMMANDS = '/etc/respawn.conf.d';
/** Programs of people that are run once, the second after the console is announced. */
const START_SCRIPT = '/opt/rancher/bin/start.sh';
const RC_LOCAL = '/etc/rc.local';

const EMERGENCIES_ONLY = 1;
const UTMP_GROUP = 43;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;
/** Addresses come in bursts, in milliseconds. */
const ADDRESS_PAUSE = 100;

/** Runs until SIGTERM; SIGHUP makes it read the configuration again. Returns the exit code. */
export async function runConsole(): Promise<number> {
  const respawner = new Respawner();
  const terminated = new Promise<void>((resolve) => {
    onSignal('SIGTERM', resolve);
  });
  const { config, commandLine } = await readSettings();
  recordInUse('console', config);

  await step('home directories', makeHomes);
  await step('/run', prepareRun);
  await step('ssh_authorized_keys', () =>
    authorizeKeys(config.ssh_authorized_keys ?? [], config.disable_root ?? true),
  );
  await step('ssh host keys', keepHostKeys);
  await step('ssh_keys', () => placeHostKeys(config));
  await step(RESIZE, () => config.rancher?.resize_device && grow(config.rancher.resize_device));
  await step('timezone', () => chooseTimeZone(config));
  await step('users', async () => warnAll(await makeUsers(config)));
  await step('chpasswd', () => givePasswords(config));
  await step('write_files', () => warnAll(writeConsoleFiles(config.write_files)));
  await step(ISSUE, keepIssue);
  await step(AUTOLOGIN, () => exists(AUTOLOGIN) || makeLink('ros', AUTOLOGIN));
  await applyLive(config, commandLine, respawner);
  let turn = Promise.resolve();
  onSignal('SIGHUP', () => {
    turn = turn.then(() => step('reading the configuration again', () => reload(respawner)));
  });
  logToKernel('paddock: console ready');

  finish(config, respawner).catch((error: unknown) => log.error('hooks', error));
  await terminated;
  await respawner.end();
  return 0;
}

async function readSettings(): Promise<{ config: Config; commandLine: KernelCommandLine }> {
  const words = readKernelCommandLine();
  const { config } = await readMachineConfig();
  return { config, commandLine: withoutDisabled(words, config.rancher?.disable ?? []) };
}

async function reload(respawner: Respawner): Promise<void> {
  const { config, commandLine } = await readSettings();
  await applyLive(config, commandLine, respawner);
  for (const key of LIVE_KEYS_OF_CONSOLE) recordDone('console', key, config);
}

/** What needs the machine's devices, or may take its time. Nobody waits for it at the door. */
async function finish(config: Config, respawner: Respawner): Promise<void> {
  if (!areDriversLoaded()) {
    await untilDriversLoaded();
    // On the terminals that have come by that.
    await step('logins', async () => {
      const now = await readSettings();
      keepLogins(now.config, now.commandLine, respawner);
    });
  }
  await runHooks(config);
}

/** What can be changed at any time: LIVE_KEYS_OF_CONSOLE. */
async function applyLive(
  config: Config,
  commandLine: KernelCommandLine,
  respawner: Respawner,
): Promise<void> {
  const { rancher } = config;
  await step('kernel messages', () => setConsoleLogLevel(rancher?.debug ? 7 : EMERGENCIES_ONLY));
  await step('rancher.password', () => commandLine.password && setPassword(commandLine.password));
  await step('/etc/profile.d', () => writeProfile(rancher));
  await step('logins', () => keepLogins(config, commandLine, respawner));
}

function keepLogins(config: Config, commandLine: KernelCommandLine, respawner: Respawner): void {
  const gettys = gettyCommands(commandLine);
  const commands = [...gettys, ...sshServerCommands(config), ...ownCommands()];
  respawner.keepOnly(commands, placeOf, (command) => terminalOfGetty(command) === undefined);
}

/** On a terminal there is one login, and one ssh server in all. */
function placeOf(command: readonly string[]): string {
  return terminalOfGetty(command) ?? (command[0] === SSH_SERVER ? SSH_SERVER : command.join(' '));
}

/** One part that fails is no reason to let nobody in. */
async function step(name: string, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.error(`${name}: ${errorMessage(error)}`);
  }
}

/** First the partition, then the filesystem on it, which may have room without. */
async function grow(disk: string): Promise<void> {
  const mounted = mountedExt4(disk, readText('/proc/mounts'));
  if (mounted === undefined) throw new Error(`${disk}: no ext4 filesystem on it is mounted`);
  await step(RESIZE, () => growPartition(mounted.device));
  const bytes = growExt4(mounted);
  if (bytes !== undefined) log.info(`${mounted.device} has ${bytes} bytes now`);
}

/** What few machines ask for is imported where it is asked for. */
async function placeHostKeys(config: Config): Promise<void> {
  if (!config.ssh_keys && !config.ssh_deletekeys && !config.rancher?.ssh?.keys) return;
  const { writeHostKeys } = await import('../../cloudinit/execute/host-keys.ts');
  warnAll(writeHostKeys(config, HOST_KEYS));
}

async function chooseTimeZone({ timezone }: Config): Promise<void> {
  if (!timezone) return;
  const { setTimeZone } = await import('../../cloudinit/execute/time-zone.ts');
  setTimeZone(timezone);
}

async function givePasswords(config: Config): Promise<void> {
  if (!config.password && !config.chpasswd) return;
  const { setPasswords } = await import('../../cloudinit/execute/passwords.ts');
  warnAll(await setPasswords(config));
}

function warnAll(problems: readonly string[]): void {
  for (const problem of problems) log.warn(problem);
}

function prepareRun(): void {
  makeDirectories('/run/lock');
  changeMode('/run/lock', 0o1777);
  if (exists('/run/utmp')) return;
  writeFile('/run/utmp', '', 0o664);
  changeOwner('/run/utmp', 0, UTMP_GROUP);
}

/** Writes /etc/issue, and again when the machine's addresses change. */
function keepIssue(): void {
  const version = osVersion();
  let isDue = false;
  const write = () => {
    isDue = false;
    writeFile(
      ISSUE,
      formatIssue({
        version,
        isKept: filesystemType('/home') !== FILESYSTEM.tmpfs,
        addresses: globalAddresses(),
      }),
    );
  };
  const onChange = () => {
    if (!isDue) setTimer(ADDRESS_PAUSE, write);
    isDue = true;
  };
  subscribe(NETLINK.ROUTE, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, onChange, onChange);
  write();
}

function globalAddresses(): { name: string; address: string }[] {
  const names = new Map(listLinks().map(({ index, name }) => [index, name]));
  return listAddresses()
    .filter(({ isGlobal }) => isGlobal)
    .map(({ link, bytes, prefixLength }) => ({
      name: names.get(link) ?? String(link),
      address: `${formatAddress(bytes)}/${prefixLength}`,
    }));
}

function ownCommands(): string[][] {
  if (!exists(OWN_COMMANDS)) return [];
  return readDirectory(OWN_COMMANDS).flatMap((name) => parseCommands(readText(`${OWN_COMMANDS}/${name}`)));
}

/** What people want to be run. */
async function runHooks({ mounts, swap, runcmd, final_message, power_state }: Config): Promise<void> {
  warnAll(await mountAll(mounts ?? []));
  if (swap) await step('swap', async () => (await import('../../cloudinit/execute/swap.ts')).addSwap(swap));
  warnAll(await runCommands('runcmd', runcmd ?? []));
  warnAll(await runScripts());
  await runScript(START_SCRIPT);
  writeFile(DONE, `${CONSOLE}\n`);
  const last = runScript(RC_LOCAL);
  if (power_state) {
    const { changePowerState } = await import('../../cloudinit/execute/power-state.ts');
    await step('power_state', () => changePowerState(power_state, last));
  }
  await last;
  if (!final_message) return;
  const { fillInFinalMessage } = await import('../../cloudinit/execute/final-message.ts');
  log.info(fillInFinalMessage(final_message, osVersion()));
}

async function runScript(path: string): Promise<void> {
  if (readTextIfExists(path) === undefined) return;
  try {
    const status = await spawn({ command: [path], stdout: 1, stderr: 2 }).exited;
    if (!('code' in status) || status.code !== 0) log.warn(`${path} failed: ${JSON.stringify(status)}`);
  } catch (error) {
    log.error(`${path}: ${errorMessage(error)}`);
  }
}
