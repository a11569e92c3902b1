import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cached } from '../../../builder/cache.ts';
import { downloadFromSuite } from '../../../builder/debian/apt.ts';
import { run } from '../../../builder/exec.ts';
import { step } from '../../../builder/progress.ts';

/** What the swagger file of Docker's API says, as far as answers are concerned. */
export interface ApiDescription {
  readonly definitions: Readonly<Record<string, object>>;
  /** By path template and method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDescription>>>>;
}

interface OperationDescription {
  readonly responses: Readonly<Record<string, { readonly schema?: object }>>;
}

/** The Debian release whose Docker has the API version that System Docker claims: 1.51. */
const suite = 'forky';
const sourcePackage = 'golang-github-docker-docker-dev';
const fileInPackage = 'usr/share/gocode/src/github.com/docker/docker/api/swagger.yaml';

/** Docker's own description of its API, from the source package that Debian ships. */
export async function apiDescription(): Promise<ApiDescription> {
  const directory = await cached('api-description', [suite], (into) =>
    step("Fetching Docker's description of its API", async () => {
      const unpacked = join(into, 'package');
      await mkdir(unpacked);
      for (const file of await downloadFromSuite(suite, [sourcePackage], unpacked)) {
        await run('dpkg-deb', ['-x', file, unpacked]);
      }
      const description: unknown = parse(await readFile(join(unpacked, fileInPackage), 'utf8'));
      await writeFile(join(into, 'swagger.json'), JSON.stringify(description));
      await rm(unpacked, { recursive: true });
    }),
  );
  return JSON.parse(await readFile(join(directory, 'swagger.json'), 'utf8')) as ApiDescription;
}
