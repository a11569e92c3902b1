/** What process 1 tells the kernel by the configuration. A part that fails gives a warning; the boot goes on. */
import { errorMessage } from '../linux/error-report.ts';
import { readText, writeFile } from '../linux/file.ts';
import { setConsoleLogLevel } from '../linux/kernel-log.ts';
import { log } from '../linux/log.ts';
import { KernelModules } from '../linux/module.ts';
import { setOpenFilesLimit } from '../linux/resource-limit.ts';
import { setHostName } from '../linux/system-name.ts';
import { hostsFile, withHostname } from '../network/hosts-file.ts';
import type { BootSettings } from './boot-settings.ts';

/** Containers inherit it. */
const OPEN_FILES = 1_000_000;

const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';

/** Of the memory, one part in so many may lie ready for each processor, at least 1 MB. */
const FREE_LISTS_FRACTION = 1000;

/** Warnings and worse. */
const QUIET_LOG_LEVEL = 5;

/** Takes the kernel's chatter off the console, unless somebody asked for it on the kernel command line. */
export function quietKernel(commandLine: string): void {
  const isAskedFor = /(^|\s)(debug|quiet|ignore_loglevel|loglevel=\d+|rancher\.debug(=true)?)(\s|$)/;
  if (!isAskedFor.test(commandLine)) setConsoleLogLevel(QUIET_LOG_LEVEL);
}

/**
 * Makes the lists of free pages short that the kernel keeps for each processor (proc_sys_vm(5), percpu_pagelist_high_fraction):
 * else they grow with what a boot needs, to 20 MB, for which nobody else can ask, and which go back only over minutes.
 *
 * Switches transparent huge pages off, unless the kernel command line says something about them: small programs do not
 * gain by them, and the kernel keeps tens of megabytes free to have them at hand.
 */
export function saveMemory(commandLine: string): void {
  const freeLists = 'vm.percpu_pagelist_high_fraction';
  warnIfFails(freeLists, () => {
    // Anything else is from a kernel word, sysctl.vm.….
    if (readText(sysctlPath(freeLists)).trim() === '0') setSysctl(freeLists, String(FREE_LISTS_FRACTION));
  });
  if (/(^|\s)transparent_hugepage=/.test(commandLine)) return;
  warnIfFails('transparent huge pages', () => writeFile(HUGE_PAGES, 'never'));
}

/** Loads the modules of `rancher.modules`, each a name with parameters behind it. */
export function loadModules(entries: readonly string[]): void {
  if (entries.length === 0) return;
  const modules = new KernelModules();
  for (const entry of entries) {
    warnIfFails(`rancher.modules: ${entry}`, () => loadModule(entry, modules));
  }
}

/** Loads one of them. Throws an Error that says why it cannot. */
export function loadModule(entry: string, modules = new KernelModules()): void {
  const [name = '', ...parameters] = entry.trim().split(/\s+/);
  modules.load(name, parameters.join(' '));
}

/** Sets host name, limits and sysctls, and writes the files about the host name. */
export function setUpKernel({ hostname, fqdn, sysctl }: BootSettings): void {
  warnIfFails('hostname', () => setHostName(hostname));
  writeFile('/etc/hostname', `${hostname}\n`);
  writeFile('/etc/hosts', hostsFile(hostname, fqdn));
  // The network fills it in place, since it is mounted into containers.
  writeFile('/etc/resolv.conf', '');
  warnIfFails('limit of open files', () => setOpenFilesLimit(OPEN_FILES));
  for (const [name, value] of sysctl) {
    warnIfFails(`rancher.sysctl: ${name}`, () => setSysctl(name, value));
  }
}

/** Names a machine that runs, in the kernel and in the files about it. Throws SyscallError. */
export function nameMachine(hostname: string): void {
  setHostName(hostname);
  writeFile('/etc/hostname', `${hostname}\n`);
  // In place, since it is mounted into containers.
  writeFile('/etc/hosts', withHostname(readText('/etc/hosts'), hostname));
}

/** Throws SyscallError. */
export function setSysctl(name: string, value: string): void {
  writeFile(sysctlPath(name), value);
}

/** The file of a sysctl. In a name whose first separator is a slash, dots are letters (sysctl(8)). */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  const path = separator === '/' ? name : name.replace(/[./]/g, (found) => (found === '.' ? '/' : '.'));
  return `/proc/sys/${path}`;
}

function warnIfFails(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    log.warn(`${what}: ${errorMessage(error)}`);
  }
}
