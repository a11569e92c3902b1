import type { Config } from '../config/schema.ts';
import { readBootSettings } from '../init/boot-settings.ts';
import { systemDockerArguments, systemDockerEnvironment } from '../init/system-docker.ts';
import type { DesiredSystem } from './plan.ts';

/**
 * What a boot with this configuration would make of the machine.
 * @param hasAllServices false if definitions that it includes could not be had
 */
export function desiredSystem(config: Config, hasAllServices: boolean): DesiredSystem {
  const { settings } = readBootSettings(config);
  return {
    config,
    hasAllServices,
    hostname: settings.hostname,
    sysctl: settings.sysctl,
    modules: settings.modules,
    engine: { args: systemDockerArguments(settings), environment: systemDockerEnvironment(settings) },
  };
}
