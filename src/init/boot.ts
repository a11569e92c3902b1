import { readMachineConfig } from '../config/cache.ts';
import { readKernelCommandLine } from '../config/machine.ts';
import { monotonicMilliseconds } from '../linux/clock.ts';
import { readText } from '../linux/file.ts';
import { configureLog, log } from '../linux/log.ts';
import { isRootInMemory } from '../linux/root-directory.ts';
import { call } from '../linux/syscall.ts';
import { type BootSettings, readBootSettings } from './boot-settings.ts';
import { prepareCgroups } from './cgroups.ts';
import { mountKernelFilesystems } from './kernel-filesystems.ts';
import { loadModules, quietKernel, saveMemory, setUpKernel } from './kernel-settings.ts';
import { openRecoveryConsole } from './recovery.ts';
import {
  beginLoadingModules,
  enterNewRoot,
  finishLoadingModules,
  mountWritableFolders,
} from './root-filesystem.ts';
import { mountOemPartition, mountStatePartition } from './state.ts';
import { executeSystemDocker } from './system-docker.ts';

/** What the steps learn on the way. */
interface Boot {
  isDebug: boolean;
  settings: BootSettings;
  /** What is wrong with the configuration, a line each. */
  problems: readonly string[];
  /** The folder of the state partition; undefined if what is written is kept in memory. */
  state: string | undefined;
}

/**
 * What process 1 does from when it has system.squashfs (runtime/first-init.c) until it is System Docker. A step that fails opens the recovery
 * console. `rancher.debug` prints each step with its time.
 */
const STEPS: readonly (readonly [name: string, run: (boot: Boot) => void | Promise<void>])[] = [
  // /proc, /sys, /run, /dev/pts, … ; /dev is there already
  ['mount the kernel filesystems', mountKernelFilesystems],
  // only whether to be talkative; the rest of it is configuration
  ['read the kernel command line', readCommandLine],
  // system.squashfs, which runtime/first-init.c has mounted
  ['enter the new root', enterNewRoot],
  // in the background
  ['begin loading modules', beginLoadingModules],
  // of the OS and the kernel command line: they say where the rest is
  ['read the configuration', readConfiguration],
  // found, checked, formatted if rancher.state.autoformat says so; or none
  ['mount the state partition', mountState],
  // /etc, /var, /home, … on it, or on one tmpfs
  ['mount writable folders', ({ state }) => mountWritableFolders(state)],
  // and what it adds to the configuration; a wrong value gives one line, and its default is used
  ['read the configuration on it', readConfigurationOnState],
  // process 1 goes into a leaf, `docker` is for containers
  ['mount the control groups', prepareCgroups],
  // not a failure, but the same place to go to
  ['open the recovery console if rancher.recovery is set', recoverOnRequest],
  // those of rancher.modules; udev loads what the devices need
  ['load configured modules', ({ settings }) => loadModules(settings.modules)],
  // host name, /etc/hosts, limits, rancher.sysctl
  ['set up the kernel', ({ settings }) => setUpKernel(settings)],
  // overlay has been loaded meanwhile
  ['finish loading modules', finishLoadingModules],
  // still as process 1
  ['execute System Docker', ({ settings }) => executeSystemDocker(settings)],
];

/**
 * Boots the machine. Only for process 1 in an initramfs, since it mounts and removes: elsewhere it says so and returns 1.
 * Otherwise it never returns.
 */
export async function boot(): Promise<number> {
  if (call('getpid') !== 1 || !isRootInMemory()) {
    log.error('init: this boots the OS; it runs only as process 1 of a machine, in its initramfs');
    return 1;
  }
  configureLog({ prefix: 'paddock: ' });
  const state: Boot = {
    isDebug: false,
    settings: readBootSettings({}).settings,
    problems: [],
    state: undefined,
  };
  let step = '';
  try {
    const times: string[] = [];
    for (const [name, run] of STEPS) {
      step = name;
      const start = monotonicMilliseconds();
      await run(state);
      times.push(`${(monotonicMilliseconds() - start).toFixed(1).padStart(7)} ms  ${name}`);
      // Those before the command line was read wait until it is known whether somebody wants to see them.
      if (state.isDebug) times.splice(0).forEach(log.debug);
    }
  } catch (error) {
    return openRecoveryConsole(`The boot failed at the step "${step}".`, error);
  }
  return openRecoveryConsole('The boot ended.', step);
}

function readCommandLine(state: Boot): void {
  setDebug(state, readKernelCommandLine().debug);
  const words = readText('/proc/cmdline');
  quietKernel(words);
  saveMemory(words);
}

async function readConfiguration(state: Boot): Promise<void> {
  const { config, messages } = await readMachineConfig();
  const { settings, problems } = readBootSettings(config);
  state.settings = settings;
  state.problems = [...messages, ...problems];
  setDebug(state, settings.debug);
}

async function mountState(state: Boot): Promise<void> {
  if (await mountOemPartition(state.settings.state)) await readConfiguration(state);
  state.state = await mountStatePartition(state.settings.state);
}

async function readConfigurationOnState(state: Boot): Promise<void> {
  if (state.state !== undefined) await readConfiguration(state);
  for (const problem of state.problems) log.warn(problem);
}

function setDebug(state: Boot, isDebug: boolean): void {
  state.isDebug = isDebug;
  configureLog({ debug: isDebug });
}

function recoverOnRequest({ settings }: Boot): void {
  if (settings.recovery) openRecoveryConsole('It was asked for by rancher.recovery.', 'Nothing has failed.');
}
