/** Patterns of the shell with `*` and `?`, matched without going back, so that no pattern takes long. */
import { FormatError } from './errors.ts';

/** Characters of the pattern times characters of the value. */
const MAXIMUM_WORK = 4 * 1024 * 1024;

type Token = '*' | '?' | { readonly character: string };

/** How many characters at the beginning of a value the pattern matches: as few as possible, or as many. */
export function matchedPrefix(pattern: string, value: string, isLongest: boolean): number {
  return matchedLength(tokensOf(pattern), value, isLongest);
}

/** The same at the end of a value. */
export function matchedSuffix(pattern: string, value: string, isLongest: boolean): number {
  const reversed = value.split('').reverse().join('');
  return matchedLength(tokensOf(pattern).reverse(), reversed, isLongest);
}

function tokensOf(pattern: string): Token[] {
  return [...pattern.matchAll(/\\(.)|./gs)].map(([text, escaped]): Token => {
    if (escaped !== undefined) return { character: escaped };
    return text === '*' || text === '?' ? text : { character: text };
  });
}

/** `isAt[n]`: the first n tokens match what has been read. */
function matchedLength(tokens: readonly Token[], value: string, isLongest: boolean): number {
  if (tokens.length * value.length > MAXIMUM_WORK)
    throw new FormatError('a pattern or its value is too long');
  let isAt = tokens.map(() => false);
  isAt = withStars(tokens, [true, ...isAt]);
  let found = 0;
  for (let length = 0; ; length++) {
    if (isAt[tokens.length] === true) {
      found = length;
      if (!isLongest) return found;
    }
    if (length === value.length) return found;
    const character = value.charAt(length);
    const next = isAt.map((_, index) => {
      const before = tokens[index - 1];
      if (before === '*') return isAt[index] === true;
      const fits = before === '?' || (before !== undefined && before.character === character);
      return fits && isAt[index - 1] === true;
    });
    isAt = withStars(tokens, next);
  }
}

/** A star matches nothing, too. */
function withStars(tokens: readonly Token[], isAt: readonly boolean[]): boolean[] {
  const result = [...isAt];
  for (const [index, token] of tokens.entries()) {
    if (token === '*' && result[index] === true) result[index + 1] = true;
  }
  return result;
}
