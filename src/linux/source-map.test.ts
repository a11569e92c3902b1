import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '@jridgewell/sourcemap-codec';
import { transformSync } from 'esbuild';
import { originalPosition } from './source-map.ts';

const source = `
export function first(value: number): number {
  if (value < 0) throw new Error(\`no: \${value}\`);

  return [1, 2, 3].map((each) => each * value).reduce((sum, each) => sum + each, 0);
}
export const second = () => first(-1);
`;

for (const minify of [false, true]) {
  test(`originalPosition() finds what a decoder of whole maps finds, ${minify ? 'with' : 'without'} white space`, () => {
    const { code, map } = transformSync(
      source.repeat(40).replaceAll(/\b(first|second)\b/g, (name) => `${name}${count++}`),
      {
        loader: 'ts',
        minify,
        sourcemap: 'external',
      },
    );
    const { mappings } = JSON.parse(map) as { mappings: string };
    const decoded = decode(mappings);
    let looked = 0;
    for (const [line, text] of code.split('\n').entries()) {
      const segments = decoded[line] ?? [];
      for (let column = 0; column <= text.length; column += 7) {
        const segment = segments.findLast(([start]) => start <= column) ?? segments[0];
        const [, source, originalLine, originalColumn] = segment ?? [];
        const expected =
          source === undefined ? undefined : { source, line: originalLine, column: originalColumn };
        assert.deepEqual(originalPosition(mappings, line, column), expected, `${line}:${column}`);
        looked++;
      }
    }
    assert.ok(looked > 100);
    assert.equal(originalPosition(mappings, 1_000_000, 0), undefined);
  });
}
let count = 0;
