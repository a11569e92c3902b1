/** All networks: those that are always there, and those of clients, kept in `networks/<id>.json`. */
import { errorMessage } from '../../linux/error-report.ts';
import {
  makeDirectories,
  readDirectory,
  readText,
  removeIfExists,
  syncDirectory,
  writeFileAtomic,
} from '../../linux/file.ts';
import type { PrefixedAddress } from '../../linux/ip-address.ts';
import { log } from '../../linux/log.ts';
import { conflict, EngineError, invalidParameter, notFound } from '../errors.ts';
import type { EventLog } from '../events.ts';
import { networksOfMachine, type PoolRange } from './address-pools.ts';
import { ensureBridge, removeBridge } from './bridge.ts';
import { defaultNetworks, type NetworkDefaults } from './default-networks.ts';
import { addressPools, bridgeSettings, isDefaultNetwork, isUserDefined, type Network } from './network.ts';
import { networkFromRequest } from './network-request.ts';

export class NetworkStore {
  readonly #directory: string;
  readonly #pools: readonly PoolRange[];
  readonly #events: EventLog;
  readonly #networks = new Map<string, Network>();

  constructor(root: string, { bridge, addressPools }: NetworkDefaults, events: EventLog) {
    this.#directory = `${root}/networks`;
    this.#pools = addressPools;
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
    const network = networkFromRequest(body, {
      taken: this.#subnets(),
      inUse: networksOfMachine(),
      pools: this.#pools,
    });
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
