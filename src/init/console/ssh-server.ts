import type { Config } from '../../config/schema.ts';
import { makeDirectories, makeLink, removeTree } from '../../linux/file.ts';
import { lstatIfExists } from '../../linux/file-status.ts';

/** Host keys, which outlive the container. Each is made when a client first asks for its kind. */
export const HOST_KEYS = '/var/lib/rancher/ssh';
/** Where dropbear looks for them. */
const KEYS_OF_SERVER = '/etc/dropbear';
const DEFAULT_PORT = 22;
/** Its program. */
export const SSH_SERVER = 'dropbear';

/** The commands that run the ssh server: one, or none if it is switched off. */
export function sshServerCommands(config: Config): string[][] {
  const ssh = config.rancher?.ssh;
  if (ssh?.daemon === false) return [];
  const { port, listen_address: address } = ssh ?? {};
  const host = address?.includes(':') ? `[${address.replace(/^\[|\]$/g, '')}]` : address;
  const place = host ? ['-p', `${host}:${port ?? DEFAULT_PORT}`] : port == null ? [] : ['-p', String(port)];
  const noRoot = config.disable_root === false ? [] : ['-w'];
  const noPasswords = config.ssh_pwauth === false ? ['-s'] : [];
  // In the foreground, messages to standard error, make host keys, ask silent clients whether they are there.
  return [[SSH_SERVER, '-F', '-E', '-R', '-K', '180', ...noRoot, ...noPasswords, ...place]];
}

/** Puts the place of the host keys where it is not lost with the container. */
export function keepHostKeys(): void {
  makeDirectories(HOST_KEYS, 0o700);
  if (lstatIfExists(KEYS_OF_SERVER)?.type === 'link') return;
  removeTree(KEYS_OF_SERVER);
  makeLink(HOST_KEYS, KEYS_OF_SERVER);
}
