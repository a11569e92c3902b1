/**
 * Reads the value of a key below `rancher.network`. Undefined if it has none, or one that cannot be used, which is then
 * reported.
 * @param expected what such a value looks like
 */
export type ValueReader = <Value>(
  key: string,
  text: string | null | undefined,
  parse: (text: string) => Value | undefined,
  expected: string,
) => Value | undefined;
