/** What `ros` asks the machine that it runs on; its tests have one of their own. */
import type { LoadedConfig } from '../../config/load.ts';
import { loadMachineConfig, osVersion } from '../../config/machine.ts';
import { call } from '../../linux/syscall.ts';

export interface Machine {
  isRoot(): boolean;
  version(): string;
  /** All sources, and what they are together. */
  load(): Promise<LoadedConfig>;
}

export const thisMachine: Machine = {
  isRoot: () => call('geteuid') === 0,
  version: osVersion,
  load: () => loadMachineConfig(),
};
