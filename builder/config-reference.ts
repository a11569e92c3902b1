/** `./build reference`: what documents the configuration and is made from its schema. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from './cache.ts';
import { jsonSchemaText } from './config-schema.ts';
import { withKeyTable } from './config-table.ts';

/** The files by their paths in the repository, as they should be. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  const read = (path: string) => readFile(join(repository, path), 'utf8');
  const osConfig: unknown = parse(await read('os/os-config.yml'), { merge: true });
  const page = 'docs/configuration.md';
  return new Map([
    [page, withKeyTable(await read(page), osConfig)],
    ['docs/cloud-config.schema.json', jsonSchemaText()],
  ]);
}

/** Writes them. Returns their paths. */
export async function writeReference(): Promise<string[]> {
  const files = await referenceFiles();
  for (const [path, text] of files) await writeFile(join(repository, path), text);
  return [...files.keys()];
}
