/** What `ros` asks the machine that it runs on; its tests have one of their own. */
import { type LoadedConfig, OS_CONFIG } from '../../config/load.ts';
import { loadMachineConfig, osVersion } from '../../config/machine.ts';
import type { Config } from '../../config/schema.ts';
import { readText } from '../../linux/file.ts';
import { call } from '../../linux/syscall.ts';

export interface Machine {
  isRoot(): boolean;
  version(): string;
  /** All sources, and what they are together. */
  load(): Promise<LoadedConfig>;
  /** What the OS brings along, without what people have added. */
  osConfig(): Config;
}

export const thisMachine: Machine = {
  isRoot: () => call('geteuid') === 0,
  version: osVersion,
  load: () => loadMachineConfig(),
  osConfig: () => JSON.parse(readText(OS_CONFIG)),
};
