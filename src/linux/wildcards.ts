/** Whether a text matches a pattern with `*`, `?` and `[a-z]` (fnmatch(3) without flags). */
export function matchesWildcards(pattern: string, text: string): boolean {
  const expression = pattern.replace(/[\\^$+.(){}|]/g, '\\$&').replace(/[*?]/g, (wildcard) => {
    return wildcard === '*' ? '.*' : '.';
  });
  return new RegExp(`^${expression}$`, 's').test(text);
}
