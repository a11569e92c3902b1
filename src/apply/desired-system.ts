import type { Config } from '../config/schema.ts';
import { readBootSettings } from '../init/boot-settings.ts';
import { systemDockerArguments, systemDockerEnvironment } from '../init/system-docker.ts';
import type { DesiredSystem } from './plan.ts';

/** What a boot with this configuration would make of the machine. */
export function desiredSystem(config: Config): DesiredSystem {
  const { settings } = readBootSettings(config);
  return {
    config,
    hostname: settings.hostname,
    sysctl: settings.sysctl,
    modules: settings.modules,
    engine: { args: systemDockerArguments(settings), environment: systemDockerEnvironment(settings) },
  };
}
