/** The configuration on a medium, which counts for the boot that finds it. */
import { fetchFromMedia, wantsMedia } from '../cloudinit/media.ts';
import { loadMachineConfig } from '../config/machine.ts';
import type { Config } from '../config/schema.ts';
import { readBootSettings } from '../init/boot-settings.ts';
import { DriverLoader, isStorage } from '../init/drivers.ts';
import { loadModules, setUpKernel } from '../init/kernel-settings.ts';
import { systemDockerArguments } from '../init/system-docker.ts';
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';

/**
 * Looks for a medium with user data and saves what is on it. Host name, modules and sysctls of it are in effect on return.
 * @param before the configuration so far
 * @returns the configuration with it; undefined if there is no such medium. Whatever is wrong is told, and the boot goes on
 */
export async function configureFromMedia(before: Config): Promise<Config | undefined> {
  const datasources = before.rancher?.cloud_init?.datasources ?? [];
  if (!wantsMedia(datasources)) return undefined;
  try {
    new DriverLoader().loadAll(isStorage);
    const fetched = await fetchFromMedia(datasources);
    if (fetched === undefined) return undefined;
    const { saveFetched } = await import('../cloudinit/save.ts');
    for (const problem of saveFetched(fetched).problems) log.warn(`${problem}; ignored`);
    log.info(`cloud-init: ${fetched.source}`);
  } catch (error) {
    log.error(`cloud-init: ${errorMessage(error)}`);
    return undefined;
  }
  const { config, messages } = await loadMachineConfig();
  const { settings, problems } = readBootSettings(config);
  for (const message of [...messages, ...problems]) log.warn(message);
  loadModules(settings.modules);
  setUpKernel(settings);
  const [old, now] = [readBootSettings(before).settings, settings].map(systemDockerArguments);
  if (String(old) !== String(now)) log.warn('rancher.system_docker: takes effect at the next boot');
  return config;
}
