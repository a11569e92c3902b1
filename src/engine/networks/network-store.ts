/** All networks: those that are always there, and those of clients, kept in `networks/<id>.json`. */
import { encodeUtf8, toHex } from '../../linux/bytes.ts';
import { timestamp } from '../../linux/clock.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  makeDirectories,
  readDirectory,
  readText,
  removeIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../linux/file.ts';
import { formatAddress, type PrefixedAddress, parsePrefixedAddress } from '../../linux/ip-address.ts';
import { log } from '../../linux/log.ts';
import { conflict, EngineError, invalidParameter, notFound } from '../errors.ts';
import type { EventLog } from '../events.ts';
import { networksOfMachine } from './address-pools.ts';
import { formatPrefixed, networkOf } from './address-range.ts';
import { ensureBridge, removeBridge } from './bridge.ts';
import {
  addressPools,
  bridgeSettings,
  defaultBridgeOptions,
  isDefaultNetwork,
  isUserDefined,
  type Network,
  type Subnet,
} from './network.ts';
import { networkFromRequest } from './network-request.ts';

/** The bridge that containers get that ask for nothing else. */
export interface DefaultBridge {
  /** Its interface, or `none`: containers have no network then unless they ask for one. */
  readonly name: string;
  /** The address of the interface with its prefix, such as `172.18.42.1/16`. */
  readonly address: string;
  readonly mtu: number;
}

export class NetworkStore {
  readonly #directory: string;
  readonly #events: EventLog;
  readonly #networks = new Map<string, Network>();

  constructor(root: string, bridge: DefaultBridge, events: EventLog) {
    this.#directory = `${root}/networks`;
    this.#events = events;
    makeDirectories(this.#directory, 0o710);
    for (const network of defaultNetworks(bridge)) this.#networks.set(network.id, network);
    for (const file of readDirectory(this.#directory)) if (file.endsWith('.json')) this.#read(file);
  }

  /** Sorted by name. */
  list(): Network[] {
    return [...this.#networks.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Finds a network by full id, name, or unique prefix of its id. */
  find(reference: string): Network | undefined {
    const known = this.#networks.get(reference) ?? this.list().find(({ name }) => name === reference);
    if (known !== undefined || reference === '') return known;
    const matches = this.list().filter(({ id }) => id.startsWith(reference));
    if (matches.length > 1) {
      throw invalidParameter(
        `network ${reference} is ambiguous (${matches.length} matches found on ID prefix)`,
      );
    }
    return matches[0];
  }

  /** Like `find`, or throws 404. */
  get(reference: string): Network {
    const network = this.find(reference);
    if (network === undefined) throw notFound(`network ${reference} not found`);
    return network;
  }

  /** Makes a network as the body of a request describes it. Throws EngineError or FormatError. */
  create(body: unknown): Network {
    const network = networkFromRequest(body, this.#subnets(), networksOfMachine());
    if (isDefaultNetwork(network)) {
      throw new EngineError(403, `operation is not permitted on predefined ${network.name} network`);
    }
    if (this.list().some(({ name }) => name === network.name)) {
      throw conflict(`network with name ${network.name} already exists`);
    }
    const bridge = bridgeSettings(network).name;
    const rival = this.list().find((other) => bridgeSettings(other).name === bridge);
    if (rival !== undefined) {
      throw new EngineError(
        403,
        `cannot create network ${network.id} (${bridge}): conflicts with network ${rival.id} (${bridge}): networks have same bridge name`,
      );
    }
    // Now, not with the first container: then nobody else chooses the same addresses in the meantime.
    ensureBridge(network);
    try {
      writeFileAtomic(this.#file(network), `${JSON.stringify(network)}\n`, 0o600);
    } catch (error) {
      removeBridge(network);
      throw error;
    }
    this.#networks.set(network.id, network);
    this.#events.publish('network', 'create', network.id, { name: network.name, type: network.driver });
    return network;
  }

  /** Forgets a network. That nobody uses it is up to the caller. */
  remove(network: Network): void {
    if (isDefaultNetwork(network)) {
      throw new EngineError(403, `${network.name} is a pre-defined network and cannot be removed`);
    }
    removeIfExists(this.#file(network));
    syncDirectory(this.#directory);
    this.#networks.delete(network.id);
    removeBridge(network);
    this.#events.publish('network', 'destroy', network.id, { name: network.name, type: network.driver });
  }

  /** Makes the bridges of clients' networks that are not there, as after a boot. What fails is reported. */
  restoreBridges(): void {
    for (const network of this.list().filter(isUserDefined)) {
      try {
        ensureBridge(network);
      } catch (error) {
        log.error(`network ${network.name} has no bridge: ${errorMessage(error)}`);
      }
    }
  }

  #subnets(): PrefixedAddress[] {
    return this.list().flatMap((network) => addressPools(network).map(({ subnet }) => subnet));
  }

  #file({ id }: Network): string {
    return `${this.#directory}/${id}.json`;
  }

  #read(file: string): void {
    try {
      const network = JSON.parse(readText(`${this.#directory}/${file}`)) as Network;
      addressPools(network);
      this.#networks.set(network.id, network);
    } catch (error) {
      log.error(`network ${file} is left out: ${errorMessage(error)}`);
    }
  }
}

/** Their ids are the same everywhere and always, so that they need not be kept. */
function defaultNetworks({ name, address, mtu }: DefaultBridge): Network[] {
  const network = (own: Pick<Network, 'name' | 'driver'>, rest: Partial<Network> = {}): Network => ({
    id: toHex(encodeUtf8(own.name)).padEnd(64, '0'),
    created: timestamp(),
    enableIPv4: true,
    enableIPv6: false,
    internal: false,
    attachable: false,
    subnets: [],
    hasOwnSubnets: false,
    options: {},
    labels: {},
    ...own,
    ...rest,
  });
  const bridge = () =>
    network(
      { name: 'bridge', driver: 'bridge' },
      { subnets: [bridgeSubnet(address)], options: defaultBridgeOptions(name, mtu) },
    );
  return [
    ...(name === 'none' ? [] : [bridge()]),
    network({ name: 'host', driver: 'host' }),
    network({ name: 'none', driver: 'null' }),
  ];
}

function bridgeSubnet(address: string): Subnet {
  const parsed = parsePrefixedAddress(address);
  if (parsed === undefined || parsed.bytes.length !== 4) {
    throw new Error(`--bip: expected an address such as 172.18.42.1/16, got "${address}"`);
  }
  return { subnet: formatPrefixed(networkOf(parsed)), gateway: formatAddress(parsed.bytes) };
}
