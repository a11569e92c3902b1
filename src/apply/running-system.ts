/** Reads the running system. */
import { KEYS_IN_USE, type LongRunning, readInUse } from '../config/in-use.ts';
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import { withoutHandover } from '../engine/reexec/handover.ts';
import { authorizedKeys } from '../init/console/accounts.ts';
import { sysctlPath } from '../init/kernel-settings.ts';
import { isErrno } from '../linux/errno.ts';
import { readText, readTextIfExists } from '../linux/file.ts';
import { KernelModules } from '../linux/module.ts';
import { systemName } from '../linux/system-name.ts';
import { networkSteps } from '../network/apply.ts';
import { describeStep } from '../network/step.ts';
import type { NewSha256 } from '../oci/digest.ts';
import { COMPOSE_LABEL, PROJECT } from '../services/labels.ts';
import type { RunningSystem } from './plan.ts';

/** Everything at once, so that a plan is about one moment. */
export async function readRunningSystem(
  client: EngineClient,
  config: Config,
  newSha256: NewSha256,
): Promise<RunningSystem> {
  const filters = { label: [`${COMPOSE_LABEL.PROJECT}=${PROJECT}`] };
  const [containers, images, networks] = await Promise.all([
    client.listContainers({ all: true, filters }),
    client.listImages(),
    client.listNetworks(),
  ]);
  const modules = new KernelModules();
  return {
    hostname: systemName().node,
    sysctl: readSysctl,
    hasModule: (name) => modules.has(name),
    authorizedKeys: authorizedKeys(),
    inUse: Object.fromEntries(
      (Object.keys(KEYS_IN_USE) as LongRunning[]).flatMap((name) => {
        const noted = readInUse(name);
        return noted === undefined ? [] : [[name, noted]];
      }),
    ),
    engine: { args: withoutHandover(list('/proc/1/cmdline')), environment: list('/proc/1/environ') },
    networkSteps: networkSteps(config).map(describeStep),
    inventory: { containers, images, networks: networks.map(({ Name }) => Name) },
    newSha256,
  };
}

/** Texts that each end with a NUL: proc_pid_cmdline(5), proc_pid_environ(5). */
function list(path: string): string[] {
  return readText(path).split('\0').slice(0, -1);
}

function readSysctl(name: string): string | undefined {
  try {
    return readTextIfExists(sysctlPath(name));
  } catch (error) {
    // Some can only be written.
    if (isErrno(error, 'EACCES')) return undefined;
    throw error;
  }
}
