/**
 * Folders of documents in `config/`, and what is made of them. `validate/NAME` has `input.yml` and in `expected.txt` what
 * `ros config validate` says; `merge/NAME` has the sources of a machine and in `expected.json` what they are together.
 * With UPDATE_EXPECTED=1 in the environment, the expected files are written instead; read what has changed.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { jsonSchemaText } from '../builder/config-schema.ts';
import { parseKernelCommandLine } from '../src/config/kernel-command-line.ts';
import { loadConfig } from '../src/config/load.ts';
import { validateDocument } from '../src/services/validate.ts';

const folder = join(import.meta.dirname, 'config');
const fitsJsonSchema = new Ajv({ strict: false }).compile(JSON.parse(jsonSchemaText()));

for (const name of readdirSync(join(folder, 'validate'))) {
  test(`validate ${name}`, () => {
    const text = readFileSync(join(folder, 'validate', name, 'input.yml'), 'utf8');
    const { errors, warnings } = validateDocument(text, 'input.yml');
    const lines = [...errors.map(String), ...warnings.map((warning) => `warning: ${warning.message}`)];
    expectFile(join(folder, 'validate', name, 'expected.txt'), lines.map((line) => `${line}\n`).join(''));
    // What editors say with the JSON Schema is the same, as far as they can know.
    if (errors.length === 0) assert.ok(fitsJsonSchema(parse(text)), JSON.stringify(fitsJsonSchema.errors));
  });
}

/** Where a machine has what the folders of `merge` have. */
const PLACES = {
  'os-config.json': '/usr/share/ros/os-config.json',
  'cloud-config.yml': '/var/lib/rancher/conf/cloud-config.yml',
  'cloud-config.d': '/var/lib/rancher/conf/cloud-config.d',
  metadata: '/var/lib/rancher/conf/metadata',
} as const;

for (const name of readdirSync(join(folder, 'merge'))) {
  test(`merge ${name}`, async () => {
    const top = join(folder, 'merge', name);
    const locate = (path: string) => {
      const [file, place] = Object.entries(PLACES).find(([, start]) => path.startsWith(start)) ?? [];
      return file === undefined || place === undefined
        ? undefined
        : join(top, file + path.slice(place.length));
    };
    const readText = (path: string) => {
      const file = locate(path);
      return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    };
    const fileNames = (path: string) => {
      const directory = locate(path);
      return directory !== undefined && existsSync(directory) ? readdirSync(directory).sort() : [];
    };
    const words = existsSync(join(top, 'cmdline')) ? readFileSync(join(top, 'cmdline'), 'utf8') : '';
    const loaded = await loadConfig({ readText, fileNames }, parseKernelCommandLine(words), {});
    const { config, messages } = loaded;
    expectFile(join(top, 'expected.json'), `${JSON.stringify({ config, messages }, null, 2)}\n`);
  });
}

function expectFile(path: string, text: string): void {
  if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}
