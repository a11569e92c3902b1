/** What `ros` asks the machine that it runs on; its tests have one of their own. */
import { type MergedConfig, readMachineConfig } from '../../config/cache.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { call } from '../../linux/syscall.ts';

export interface Machine {
  isRoot(): boolean;
  version(): Promise<string>;
  /** The configuration. */
  config(): Promise<MergedConfig>;
  /** The part of it that the OS brings along. */
  osConfig(): Promise<Config>;
  /** All its sources as well, and what they are together. */
  load(): Promise<LoadedConfig>;
}

/** What few commands need is imported where they do. */
export const thisMachine: Machine = {
  isRoot: () => call('geteuid') === 0,
  version: async () => (await import('../../config/machine.ts')).osVersion(),
  config: readMachineConfig,
  osConfig: async () => (await import('../../config/machine.ts')).machineOsConfig(),
  load: async () => (await import('../../config/machine.ts')).loadMachineConfig(),
};
