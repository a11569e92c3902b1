/** User data, which count for the boot that finds them: first from media, then, behind the services, from the network. */
import { fetchFromMedia, wantsMedia } from '../cloudinit/media.ts';
import type { ParsedData } from '../cloudinit/save.ts';
import { readMachineConfig } from '../config/cache.ts';
import { changedKeys, readInUse } from '../config/in-use.ts';
import type { Config } from '../config/schema.ts';
import { sortedJson } from '../config/sorted-json.ts';
import type { EngineClient } from '../engine/client.ts';
import { readBootSettings } from '../init/boot-settings.ts';
import { DriverLoader, isStorage } from '../init/drivers.ts';
import { loadModules, setUpKernel } from '../init/kernel-settings.ts';
import { systemDockerArguments } from '../init/system-docker.ts';
import { exitCode } from '../linux/child.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readFile, readTextIfExists } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { spawn } from '../linux/process.ts';

/** How long each command of `bootcmd` may hold the services back, in milliseconds. */
const BOOTCMD_PATIENCE = 60_000;

/** The configuration as it is then, and what was found, if anything was. */
export interface LocalUserData {
  readonly config: Config;
  readonly data?: ParsedData;
}

const FILE = 'file:';
const CONSOLE = 'console';
const STDERR = 2;

/**
 * Looks for user data that are here already, on a medium or in a file, and saves them. Host name, modules and sysctls of
 * them are in effect on return. Whatever is wrong is told, and the boot goes on.
 * @param before the configuration so far
 */
export async function configureFromMedia(before: Config): Promise<LocalUserData> {
  const datasources = before.rancher?.cloud_init?.datasources ?? [];
  const data = await fetchLocally(datasources).catch((error: unknown) => {
    log.error(`cloud-init: ${errorMessage(error)}`);
    return undefined;
  });
  if (data === undefined) return { config: before };
  const { config, messages } = await readMachineConfig();
  const { settings, problems } = readBootSettings(config);
  for (const message of [...messages, ...problems]) log.warn(message);
  loadModules(settings.modules);
  setUpKernel(settings);
  const [old, now] = [readBootSettings(before).settings, settings].map(systemDockerArguments);
  if (String(old) !== String(now))
    log.warn('rancher.system_docker: takes effect by ros apply, or at the next boot');
  return { config, data };
}

async function fetchLocally(datasources: readonly string[]): Promise<ParsedData | undefined> {
  if (wantsMedia(datasources)) {
    new DriverLoader().loadAll(isStorage);
    const fetched = await fetchFromMedia(datasources);
    if (fetched !== undefined) return save((await import('../cloudinit/save.ts')).parseFetched(fetched));
  }
  for (const source of datasources.filter((name) => name.startsWith(FILE))) {
    const path = source.slice(FILE.length);
    if (readTextIfExists(path) === undefined) continue;
    const { parseFetched } = await import('../cloudinit/save.ts');
    return save(parseFetched({ source, userData: readFile(path), metadata: {} }));
  }
  return undefined;
}

async function save(data: ParsedData): Promise<ParsedData> {
  const { saveFetched } = await import('../cloudinit/save.ts');
  const problems = saveFetched(data);
  for (const problem of [...data.problems, ...problems]) log.warn(`${problem}; ignored`);
  log.info(`cloud-init: ${data.source}`);
  return data;
}

/** Runs `bootcmd`, which has its place before the services. */
export async function runBootCommands({ bootcmd }: Config): Promise<void> {
  if (!bootcmd?.length) return;
  const { runCommands } = await import('../cloudinit/execute/commands.ts');
  for (const problem of await runCommands('bootcmd', bootcmd, BOOTCMD_PATIENCE)) log.warn(problem);
}

/**
 * Fetches what is to be fetched over the network, and makes the running system what it says by `ros apply`. The
 * services run by then, so it may take its time. Whatever is wrong is told.
 */
export async function configureFromNetwork(client: EngineClient, local: LocalUserData): Promise<void> {
  try {
    const data = await fetchOverNetwork(local);
    if (data === undefined) return;
    await save(data);
    // What was there before has run.
    const { config } = await readMachineConfig();
    if (sortedJson(config.bootcmd ?? null) !== sortedJson(local.config.bootcmd ?? null))
      await runBootCommands(config);
    // Asked before: what is applied from here reaches the filesystem of the OS, and not the console's own.
    const isForConsole = await needsNewConsole(data);
    const command = ['ros', 'apply'] as const;
    const { exited } = spawn({ command, path: '/usr/bin/paddock', stdout: STDERR, stderr: STDERR });
    const code = exitCode(await exited);
    if (code !== 0) log.warn(`cloud-init: ros apply ended with exit code ${code}`);
    // It spares the console, where its own session may be.
    if (isForConsole) await client.restartContainer(CONSOLE);
  } catch (error) {
    log.error(`cloud-init: ${errorMessage(error)}`);
  }
}

/**
 * Fetches user data anew from wherever the configuration says, and saves them; what they say is not in effect yet.
 * @returns undefined if no datasource has any
 */
export async function refetch(): Promise<ParsedData | undefined> {
  const { config, messages } = await readMachineConfig();
  for (const message of messages) log.warn(message);
  const local = await fetchLocally(config.rancher?.cloud_init?.datasources ?? []);
  const remote = await fetchOverNetwork({ config, ...(local && { data: local }) });
  return remote === undefined ? local : save(remote);
}

/** Whether there is something that the console does when it starts. */
async function needsNewConsole(data: ParsedData): Promise<boolean> {
  const { hasScripts } = await import('../cloudinit/save.ts');
  const { config } = await readMachineConfig();
  return hasScripts(data) || changedKeys(CONSOLE, readInUse(CONSOLE) ?? {}, config).length > 0;
}

async function fetchOverNetwork({ config, data }: LocalUserData): Promise<ParsedData | undefined> {
  const { hasIncludes, resolveIncludes } = await import('../cloudinit/include.ts');
  const { httpGet } = await import('../cloudinit/services/http.ts');
  if (data !== undefined) return hasIncludes(data) ? resolveIncludes(data, httpGet()) : undefined;
  const { fetchFirst, networkDatasources } = await import('../cloudinit/services/find.ts');
  const words = config.rancher?.cloud_init?.datasources ?? [];
  const { datasources, problems } = networkDatasources(words, {
    firmware: firmwareText(),
    kernelWords: readTextIfExists('/proc/cmdline') ?? '',
    serial: firmwareField('product_serial'),
  });
  for (const problem of problems) log.warn(problem);
  if (datasources.length === 0) return undefined;
  const { fetched, problems: failures } = await fetchFirst(datasources, httpGet());
  for (const failure of failures) log.warn(`cloud-init: ${failure}`);
  if (fetched === undefined) return undefined;
  return resolveIncludes((await import('../cloudinit/save.ts')).parseFetched(fetched), httpGet());
}

function firmwareText(): string {
  return ['sys_vendor', 'product_name', 'chassis_asset_tag'].map(firmwareField).join(' ');
}

/** A field of SMBIOS; empty where there is none. */
function firmwareField(name: string): string {
  return (readTextIfExists(`/sys/class/dmi/id/${name}`) ?? '').trim();
}
