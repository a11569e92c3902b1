import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readLinkage } from '../tree/elf.ts';
import { file, link, put, type Tree } from '../tree/tree.ts';
import { globExpression } from './assemble.ts';
import { parseImageDefinition, parseTreeDefinition } from './definition.ts';
import { addLibraries } from './libraries.ts';

test('a definition has defaults, and modes are octal', () => {
  const definition = parseImageDefinition('reference: paddock/x\ndirectories: {tmp: {mode: "1777"}}\n', 'f');
  assert.equal(definition.preload, true);
  assert.deepEqual(definition.directories, { tmp: { mode: 0o1777 } });
  assert.deepEqual(definition.packages, {});
});

test('what is wrong in a definition is named with its place', () => {
  const cases: [text: string, message: RegExp][] = [
    ['reference: x\npackages: {sudo: usr/bin/sudo}', /^Error: f: packages\.sudo: /],
    ['reference: x\ndirectories: {tmp: {mode: 1777}}', /^Error: f: directories\.tmp\.mode: .*"0755"/],
    ['reference: x\nlinks: {/bin: usr/bin}', /^Error: f: links\.\/bin: a path without a slash/],
    ['reference: x\nentrypoint: [sh]', /^Error: f: entrypoint: /],
    ['config: {}', /^Error: f: reference: /],
    ['reference: x\nfrom: [y', /^Error: f:2: /],
  ];
  for (const [text, message] of cases) assert.throws(() => parseImageDefinition(text, 'f'), message, text);
  assert.throws(() => parseTreeDefinition('reference: x', 'f'), /^Error: f: reference: /);
});

test('patterns: * stays in a directory, ** does not, and the rest is literal', () => {
  assert.ok(globExpression('usr/lib/*.so*').test('usr/lib/libc.so.6'));
  assert.ok(!globExpression('usr/lib/*.so*').test('usr/lib/security/pam_unix.so'));
  assert.ok(globExpression('usr/lib/**').test('usr/lib/security/pam_unix.so'));
  assert.ok(!globExpression('usr/lib/a.so').test('usr/lib/aXso'));
  assert.ok(globExpression('usr/bin/[').test('usr/bin/['));
});

// A program with libraries that is on every machine which runs this test.
const program = readFileSync(process.execPath);
const libraryDirectory = 'usr/lib/x86_64-linux-gnu';

/** A package that has a library under its full version with the usual link to it. */
function libraryPackage(...names: string[]): Tree {
  const tree: Tree = new Map();
  for (const name of names) {
    put(tree, `${libraryDirectory}/${name}`, link(`${name}.9.9`));
    put(tree, `${libraryDirectory}/${name}.9.9`, file(`content of ${name}`));
  }
  return tree;
}

const needed = readLinkage(program)?.needed ?? [];

test('the libraries that a program needs are added under the names it asks for', () => {
  const tree: Tree = new Map([['usr/bin/node', file(program)]]);
  const packages = new Map([['libc6', libraryPackage(...needed, 'ld-linux-x86-64.so.2', 'libunused.so.1')]]);
  addLibraries(tree, packages, 'test');
  const libc = tree.get(`${libraryDirectory}/libc.so.6`);
  assert.equal(libc?.type === 'file' && libc.content.toString(), 'content of libc.so.6');
  assert.ok(!tree.has(`${libraryDirectory}/libunused.so.1`));
  assert.deepEqual(
    tree.get('usr/lib64/ld-linux-x86-64.so.2'),
    link('../../usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  );
});

test('a library that no package has, and a package that nothing needs, are errors', () => {
  const tree = (): Tree => new Map([['usr/bin/node', file(program)]]);
  const some = new Map([['libc6', libraryPackage('libc.so.6')]]);
  assert.throws(() => addLibraries(tree(), some, 'test'), /^Error: test: usr\/bin\/node needs .*"libraries"/);
  const none = new Map([['zlib1g', libraryPackage('libz.so.1')]]);
  assert.throws(
    () => addLibraries(new Map(), none, 'test'),
    /^Error: test: nothing needs a library of "zlib1g"/,
  );
});
