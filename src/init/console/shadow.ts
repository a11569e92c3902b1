/** /etc/shadow (shadow(5)): `NAME:HASH:DAYS:…`. */

/** The text with the password of one user replaced. It does not age, so that nobody is asked for a new one. */
export function withPassword(shadow: string, user: string, hash: string): string {
  const lines = shadow.split('\n').map((line) => {
    const [name, , , ...rest] = line.split(':');
    return name === user ? [user, hash, '', ...rest].join(':') : line;
  });
  return lines.join('\n');
}
