import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec.ts';

/**
 * A medium of cloud-init's NoCloud: ISO 9660 with the label `cidata`.
 * @param userData a file, which is put on it as it is
 * @param authorizedKey a key that the machine shall know besides those of the file
 * @returns the file of the medium, in the directory
 */
export async function seedMedium(
  directory: string,
  userData: string,
  authorizedKey: string | undefined,
): Promise<string> {
  const tree = join(directory, 'cidata');
  await mkdir(tree);
  await copyFile(userData, join(tree, 'user-data')).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`--cloud-config ${userData}: cannot be read (${error.code})`);
  });
  const keys = authorizedKey === undefined ? [] : [authorizedKey];
  await writeFile(
    join(tree, 'meta-data'),
    `${JSON.stringify({ 'instance-id': 'paddock-run', 'public-keys': keys })}\n`,
  );
  return await isoOf(tree, 'cidata', join(directory, 'cidata.iso'));
}

/** ISO 9660 with the names of Rock Ridge and Joliet. */
export async function isoOf(tree: string, label: string, file: string): Promise<string> {
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-V', label, '-R', '-J', '-o', file, tree]);
  return file;
}
