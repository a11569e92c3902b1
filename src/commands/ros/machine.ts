/** What `ros` asks the machine that it runs on; its tests have one of their own. */
import { type MergedConfig, readMachineConfig } from '../../config/cache.ts';
import { type LoadedConfig, readOsConfig } from '../../config/load.ts';
import { loadMachineConfig, machineFiles, osVersion } from '../../config/machine.ts';
import type { Config } from '../../config/schema.ts';
import { call } from '../../linux/syscall.ts';

export interface Machine {
  isRoot(): boolean;
  version(): string;
  /** The configuration. */
  config(): Promise<MergedConfig>;
  /** The part of it that the OS brings along. */
  osConfig(): Config;
  /** All its sources as well, and what they are together. */
  load(): Promise<LoadedConfig>;
}

export const thisMachine: Machine = {
  isRoot: () => call('geteuid') === 0,
  version: osVersion,
  config: readMachineConfig,
  osConfig: () => readOsConfig(machineFiles) ?? {},
  load: () => loadMachineConfig(),
};
