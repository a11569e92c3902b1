/** The network as the kernel describes it. */
import { formatAddress, type PrefixedAddress } from '../linux/ip-address.ts';
import { listAddresses } from '../linux/netlink-address.ts';
import { type Link, listLinks } from '../linux/netlink-link.ts';
import { listRoutes } from '../linux/netlink-route.ts';
import { ANYWHERE } from './interface-settings.ts';
import type { LinkState, NetworkState, RouteState } from './state.ts';

/** Everything in this network namespace that a plan looks at. */
export function observeNetwork(): NetworkState {
  const links = listLinks();
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const nameOf = (index: number | undefined) => names.get(index ?? 0) ?? '';
  return {
    links: links.map((link) => linkState(link, nameOf(link.master))),
    addresses: listAddresses()
      .filter(({ isGlobal }) => isGlobal)
      .map((address) => ({ link: nameOf(address.link), address: format(address) })),
    routes: listRoutes().map(({ family, destination, gateway, link, priority = 0 }): RouteState => {
      const to = destination ? format(destination) : ANYWHERE[family];
      return {
        link: nameOf(link),
        to,
        ...(gateway ? { via: formatAddress(gateway) } : {}),
        metric: priority,
      };
    }),
  };
}

function linkState(link: Link, master: string): LinkState {
  const { name, index, permanentAddress, hardwareAddress, kind, mtu, isUp } = link;
  return {
    name,
    index,
    hardwareAddress: permanentAddress || hardwareAddress,
    ...(kind ? { kind } : {}),
    ...(master ? { master } : {}),
    mtu,
    isUp,
  };
}

function format({ bytes, prefixLength }: PrefixedAddress): string {
  return `${formatAddress(bytes)}/${prefixLength}`;
}
