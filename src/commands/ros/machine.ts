/** What `ros` asks the machine that it runs on; its tests have one of their own. */
import { OS_CONFIG } from '../../config/load.ts';
import { loadMachineConfig, osVersion } from '../../config/machine.ts';
import type { Config } from '../../config/schema.ts';
import { parseYaml } from '../../config/yaml.ts';
import { readText } from '../../linux/file.ts';
import { call } from '../../linux/syscall.ts';

export interface Machine {
  isRoot(): boolean;
  version(): string;
  /** All sources merged. */
  config(): Config;
  /** What the OS brings along, without what people have added. */
  osConfig(): Config;
}

export const thisMachine: Machine = {
  isRoot: () => call('geteuid') === 0,
  version: osVersion,
  config: () => loadMachineConfig().config,
  osConfig: () => parseYaml(readText(OS_CONFIG), OS_CONFIG) as Config,
};
