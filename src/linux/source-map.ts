/**
 * Looking up positions in a source map (ECMA-426). The mappings are walked over as they are: decoded, those of the whole
 * program would take many times the memory of process 1.
 */

/** A place in a file, all from 0. */
export interface OriginalPosition {
  /** Which of the map's sources. */
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/**
 * Where a position of the generated text comes from: what the last mapping of its line says that does not lie behind it, or
 * else the first. Undefined if nothing is known about it.
 */
export function originalPosition(
  mappings: string,
  line: number,
  column: number,
): OriginalPosition | undefined {
  let found: OriginalPosition | undefined;
  let generatedLine = 0;
  // The fields of a mapping: column here, source, line and column there. All but the first go on from line to line.
  const state = [0, 0, 0, 0];
  // Not at import: every process has this module, and few have an error to describe.
  const values = digitValues();
  let [field, value, shift] = [0, 0, 0];
  const endMapping = () => {
    const [start = 0, source = 0, originalLine = 0, originalColumn = 0] = state;
    if (generatedLine === line && field >= 4 && (start <= column || found === undefined)) {
      found = { source, line: originalLine, column: originalColumn };
    }
    field = 0;
  };
  for (let index = 0; index < mappings.length; index++) {
    const character = mappings.charCodeAt(index);
    if (character === COMMA || character === SEMICOLON) {
      endMapping();
      if (character === COMMA) continue;
      if (generatedLine === line) return found;
      generatedLine++;
      state[0] = 0;
      continue;
    }
    const digit = values[character] ?? 0;
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    // The lowest bit is the sign.
    const change = (value & 1) === 0 ? value >>> 1 : -(value >>> 1);
    if (field < 4) state[field] = (state[field] ?? 0) + change;
    field++;
    [value, shift] = [0, 0];
  }
  endMapping();
  return found;
}

/** By character codes. */
function digitValues(): number[] {
  const values: number[] = [];
  for (let value = 0; value < DIGITS.length; value++) values[DIGITS.charCodeAt(value)] = value;
  return values;
}
