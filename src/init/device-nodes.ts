import { changeMode, exists, makeLink } from '../linux/file.ts';

/** Nodes that everybody may use; the kernel makes them for root alone. */
const PUBLIC_NODES: readonly string[] = ['fuse', 'kvm', 'net/tun', 'vsock'];

/** Other names of nodes. */
const LINKS: Readonly<Record<string, string>> = { rtc0: 'rtc' };

/** Sets permissions and makes links for the nodes that are there. */
export function prepareDeviceNodes(): void {
  for (const name of [...PUBLIC_NODES, ...Object.keys(LINKS)]) prepareDeviceNode(name);
}

/** The same for one node, by its name below /dev. */
export function prepareDeviceNode(name: string): void {
  const path = `/dev/${name}`;
  if (!exists(path)) return;
  if (PUBLIC_NODES.includes(name)) changeMode(path, 0o666);
  const link = LINKS[name];
  if (link !== undefined && !exists(`/dev/${link}`)) makeLink(name, `/dev/${link}`);
}
