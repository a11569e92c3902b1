import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { repository } from './cache.ts';
import { referenceFiles } from './config-reference.ts';
import { jsonSchemaText } from './config-schema.ts';

test('what is made from the schema of the configuration is up to date', async () => {
  for (const [path, text] of await referenceFiles()) {
    assert.equal(readFileSync(join(repository, path), 'utf8'), text, `${path}: run ./build reference`);
  }
});

const validate = new Ajv({ strict: false }).compile(JSON.parse(jsonSchemaText()));

test('os-config.yml fits the JSON Schema', () => {
  const text = readFileSync(join(repository, 'os/os-config.yml'), 'utf8');
  assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
});

for (const document of [
  { hostnam: 'x' },
  { hostname: [] },
  { mounts: [['a']] },
  { rancher: { ssh: { port: 0 } } },
  { rancher: { debug: 'maybe' } },
  { rancher: { network: { interfaces: { eth0: { adress: 'x' } } } } },
  { rancher: { docker: { host: 'x' } } },
]) {
  test(`the JSON Schema refuses ${JSON.stringify(document)}`, () => {
    assert.equal(validate(document), false);
  });
}
