/** docs/architecture.md says which room may import from which; this keeps it true. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../builder/cache.ts';
import { findCircle, type Import, importsOf, importsUnder } from './imports.ts';
import { parseRooms, type Room } from './rooms.ts';

const rooms = parseRooms(readFileSync(join(repository, 'docs/architecture.md'), 'utf8'));
const folders = ['src', 'builder', 'tests', 'benchmarks'];
const imports = folders.flatMap(importsUnder);

function roomAt(file: string): Room | undefined {
  return rooms.find(({ folder }) => file.startsWith(`${folder}/`));
}

function mayImport({ from, to, typesOnly }: Import): boolean {
  const room = roomAt(from);
  if (!room) return from === 'src/main.ts'; // which puts everything together
  const target = roomAt(to)?.folder;
  if (target === undefined) return false;
  const allowed = [room.folder, ...room.mayImport, ...(typesOnly ? room.mayImportTypes : [])];
  return allowed.includes(target);
}

const described = ({ from, to, typesOnly }: Import) => `${from} → ${typesOnly ? 'type of ' : ''}${to}`;

test('the table of rooms is read', () => {
  assert.ok(rooms.length >= 12);
  assert.deepEqual(
    rooms.find(({ folder }) => folder === 'src/services'),
    {
      folder: 'src/services',
      mayImport: ['src/linux', 'src/http', 'src/oci', 'src/config', 'src/registry'],
      mayImportTypes: ['src/engine'],
    },
  );
});

test('imports are found in all their forms', () => {
  const text = [
    "import './a.ts';",
    "import b from './b.ts';",
    "import { type C, d } from '../d.ts';",
    "import type { E } from './e.ts';",
    "import {\n  type F,\n  type G,\n} from './f.ts';",
    "import * as yaml from 'yaml';",
    "export { h } from './h.ts';",
    "export * from './i.ts';",
    "export const text = 'from nowhere';",
  ].join('\n');
  assert.deepEqual(
    importsOf('src/x/y.ts', text).map(({ to, typesOnly }) => (typesOnly ? `type ${to}` : to)),
    [
      'src/x/a.ts',
      'src/x/b.ts',
      'src/d.ts',
      'type src/x/e.ts',
      'type src/x/f.ts',
      'yaml',
      'src/x/h.ts',
      'src/x/i.ts',
    ],
  );
});

test('a circle is found', () => {
  const edge = (from: string, to: string) => ({ from, to, isFile: true, typesOnly: false });
  assert.deepEqual(findCircle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')]), ['b', 'c', 'b']);
  assert.equal(findCircle([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')]), undefined);
});

test('every room imports only from where it may', () => {
  const wrong = imports.filter((each) => each.isFile && !mayImport(each));
  assert.deepEqual(wrong.map(described), []);
});

test('there are no import circles', () => {
  assert.equal(findCircle(imports), undefined);
});

test('the OS uses no module of Node, and only packages that are dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const packages = Object.keys(manifest.dependencies);
  const wrong = imports.filter(
    ({ from, to, isFile }) => !isFile && /^src\/.*(?<!\.test)\.ts$/.test(from) && !packages.includes(to),
  );
  assert.deepEqual(wrong.map(described), []);
});
