import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UefiFirmware } from './machine.ts';

/** Where Debian's package ovmf has it; the 4 MB build is the only one since Debian 13. */
const directory = '/usr/share/OVMF';

/** OVMF with a fresh copy of its variables in a directory of the machine. */
export async function uefiFirmware(machineDirectory: string): Promise<UefiFirmware> {
  const code = join(directory, 'OVMF_CODE_4M.fd');
  if (!existsSync(code)) throw new Error(`${code} is missing: install the package ovmf`);
  const variables = join(machineDirectory, 'uefi-variables.fd');
  await copyFile(join(directory, 'OVMF_VARS_4M.fd'), variables);
  return { code, variables };
}
