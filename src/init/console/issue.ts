/** /etc/issue (issue(5)), which stands above the question for a login name. */

export interface IssueFacts {
  readonly version: string;
  /** Whether there is a state partition. */
  readonly isKept: boolean;
  /** Of each address its text and the interface. */
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
}

const KEPT =
  'After a reboot, /home /opt /mnt /media, containers and volumes are as before; the rest here is new.';
const NOT_KEPT = 'Everything is in memory: nothing is kept over a reboot.';

/** `\n` becomes the host name and `\l` the terminal when it is printed. */
export function formatIssue({ version, isKept, addresses }: IssueFacts): string {
  const lines = ['', `Paddock ${version}, \\n \\l`];
  for (const { name, address } of addresses) lines.push(`${name}: ${address}`);
  lines.push(isKept ? KEPT : NOT_KEPT);
  return `${lines.join('\n')}\n\n`;
}

/** Fills in what getty would. */
export function expandIssue(text: string, hostname: string, terminal: string): string {
  return text.replace(/\\([nl])/g, (_, letter) => (letter === 'n' ? hostname : terminal));
}
