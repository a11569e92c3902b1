/** ~/.ssh/authorized_keys (the section of that name in sshd(8)). */

/** The text with these keys added, each on a line of its own, where they are missing. */
export function withKeys(text: string, keys: readonly string[]): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const missing = keys.map((key) => key.trim()).filter((key) => key !== '' && !lines.includes(key));
  return [...lines, ...new Set(missing)].map((line) => `${line}\n`).join('');
}
