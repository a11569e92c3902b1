/** The bridge of a network, an interface of this machine: made when its first container needs it. */
import { errorMessage } from '../../linux/error-report.ts';
import { exists, readDirectory, readTextIfExists, writeFile } from '../../linux/file.ts';
import { formatHardwareAddress } from '../../linux/hardware-address.ts';
import { parseAddress } from '../../linux/ip-address.ts';
import { log } from '../../linux/log.ts';
import { KernelModules } from '../../linux/module.ts';
import { addAddress, listAddresses } from '../../linux/netlink-address.ts';
import { BRIDGE_MODULES, createBridge } from '../../linux/netlink-bridge.ts';
import { changeLink, deleteLink, findLink, type Link, setLinkUp } from '../../linux/netlink-link.ts';
import { NFTABLES_MODULES } from '../../linux/nftables.ts';
import { randomBytes } from '../../linux/random.ts';
import { EngineError } from '../errors.ts';
import { formatPrefixed } from './address-range.ts';
import { addressPools, bridgeSettings, type Network } from './network.ts';

const SETTINGS = '/proc/sys/net';
let hasModules = false;

/** The remark on the bridges that we have made. Others, of the administrator, are used but not removed. */
const MARK = 'paddock';

/** The bridge of a network, made if there is none yet. Throws if an interface of this name is something else. */
export function ensureBridge(network: Network): Link {
  const { name } = bridgeSettings(network);
  const existing = findLink(name);
  if (existing?.alias === MARK) return existing;
  loadModules();
  writeFile(`${SETTINGS}/ipv4/ip_forward`, '1');
  if (existing === undefined) return makeBridge(network);
  if (existing.kind !== 'bridge') throw new EngineError(500, `interface ${name} exists and is no bridge`);
  configure(network, existing);
  return existing;
}

function makeBridge(network: Network): Link {
  const { name, mtu } = bridgeSettings(network);
  // With an address of its own it keeps it, whichever ports come and go.
  const hardwareAddress = formatHardwareAddress(new Uint8Array([2, 0x42, ...randomBytes(4)]));
  const bridge = createBridge({ name, hardwareAddress, ...(mtu === undefined ? {} : { mtu }) });
  try {
    changeLink(bridge, { alias: MARK });
    configure(network, bridge);
  } catch (error) {
    deleteLink(bridge);
    throw error;
  }
  return bridge;
}

/** The first IPv4 address of an interface with its prefix, such as `172.18.42.1/16`; undefined if it has none. */
export function addressOfBridge(name: string): string | undefined {
  const index = findLink(name)?.index;
  const address = listAddresses().find(({ link, bytes }) => link === index && bytes.length === 4);
  return address && formatPrefixed(address);
}

/** Removes the bridge of a network, if we have made it. */
export function removeBridge(network: Network): void {
  const bridge = network.driver === 'bridge' ? findLink(bridgeSettings(network).name) : undefined;
  if (bridge?.alias === MARK) deleteLink(bridge);
}

function configure(network: Network, bridge: Link): void {
  // So that ports published on 127.0.0.1 can be reached; packets of containers for it are dropped by a rule.
  writeFile(`${SETTINGS}/ipv4/conf/${bridge.name}/route_localnet`, '1');
  for (const { gateway, subnet } of addressPools(network)) {
    const bytes = parseAddress(gateway);
    if (bytes === undefined) throw new Error(`not an address: ${gateway}`);
    const isIpv6 = bytes.length === 16;
    if (isIpv6) enableIpv6(network.name);
    addAddress(bridge, { bytes, prefixLength: subnet.prefixLength }, { isUnique: isIpv6 });
  }
  setLinkUp(bridge, true);
}

function enableIpv6(name: string): void {
  if (!exists(`${SETTINGS}/ipv6`)) throw new Error(`network ${name} has IPv6, which this kernel has not`);
  keepRouterAdvertisements();
  writeFile(`${SETTINGS}/ipv6/conf/all/forwarding`, '1');
}

/** A machine that forwards takes no addresses and routes from routers any more, unless it is told to. */
function keepRouterAdvertisements(): void {
  for (const name of readDirectory(`${SETTINGS}/ipv6/conf`)) {
    const file = `${SETTINGS}/ipv6/conf/${name}/accept_ra`;
    if (readTextIfExists(file)?.trim() === '1') writeFile(file, '2');
  }
}

/** Once: the kernel finds them by itself, too, but much more slowly. Elsewhere than in our OS it has them already. */
function loadModules(): void {
  if (hasModules) return;
  hasModules = true;
  const modules = new KernelModules();
  for (const name of [...BRIDGE_MODULES, ...NFTABLES_MODULES]) {
    try {
      modules.load(name);
    } catch (error) {
      log.debug(`module ${name} is not loaded: ${errorMessage(error)}`);
    }
  }
}
