import { METADATA } from '../../config/config-files.ts';
import { isMap } from '../../config/merge.ts';
import { parseYaml } from '../../config/yaml.ts';
import { readTextIfExists } from '../../linux/file.ts';

/** What the source of user data calls this machine; empty if it says nothing. Throws ConfigError. */
export function instanceId(): string {
  const metadata = parseYaml(readTextIfExists(METADATA) ?? '', METADATA);
  return isMap(metadata) && typeof metadata['instanceid'] === 'string' ? metadata['instanceid'] : '';
}
