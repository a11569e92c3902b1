import { log } from '../linux/log.ts';
import { refetch } from './user-data.ts';

/** `cloud-init-save`: fetches user data again and saves them, as the boot does; `ros apply` then puts them into effect. */
export async function cloudInitSaveCommand(args: string[]): Promise<number> {
  if (args.length > 0) {
    log.error('usage: cloud-init-save (the datasources are those of rancher.cloud_init.datasources)');
    return 2;
  }
  if ((await refetch()) !== undefined) return 0;
  log.error('cloud-init-save: no datasource of rancher.cloud_init.datasources has user data or metadata');
  return 1;
}
