/** Patterns of names, by the rules of Go's path.Match: `*`, `?` and `[a-z]` never match a slash. */
import { FormatError } from './errors.ts';

const TOKEN = /\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|([^*?[\\])/gsy;

/** Whether the whole text matches. Throws FormatError for a malformed pattern. */
export function pathMatches(pattern: string, text: string): boolean {
  return expressionOf(pattern).test(text);
}

function expressionOf(pattern: string): RegExp {
  let source = '';
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const [token, negation = '', characters, escaped, plain] = match;
    end = match.index + token.length;
    if (token === '*') source += '[^/]*';
    else if (token === '?') source += '[^/]';
    else if (characters !== undefined) source += `(?!/)[${negation}${characters.replace(/[[&]/g, '\\$&')}]`;
    else source += literal(escaped ?? plain ?? '');
  }
  if (end !== pattern.length) throw new FormatError(`syntax error in pattern "${pattern}"`);
  return new RegExp(`^${source}$`, 's');
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
