import { changeCloudConfig } from '../../config/cloud-config-file.ts';
import { CLOUD_CONFIG } from '../../config/config-files.ts';
import type { Changed } from '../../config/set.ts';
import type { Console } from '../docker/console.ts';

/** Changes cloud-config.yml and tells what is to be said about it. */
export function changeConfiguration(console: Console, change: (text: string) => Changed): void {
  let remarks: readonly string[] = [];
  changeCloudConfig(CLOUD_CONFIG, (text) => {
    const changed = change(text);
    remarks = changed.remarks;
    return changed.text;
  });
  for (const remark of remarks) console.err(`warning: ${remark}\n`);
}
