/** System Docker put together: its stores, its containers and what they all share. */
import { FileChanges } from '../linux/file-changes.ts';
import type { HostFacts } from '../oci/runtime-spec.ts';
import type { RegistrySettings } from '../registry/endpoint.ts';
import { ContainerRegistry } from './containers/registry.ts';
import { EventLog } from './events.ts';
import { baseName } from './files/path-status.ts';
import { ImageStore } from './images/image-store.ts';
import { Pulls } from './images/pulls.ts';
import type { NetworkDefaults } from './networks/default-networks.ts';
import { NameServers } from './networks/dns/name-servers.ts';
import { NetworkStore } from './networks/network-store.ts';
import { PacketFilter } from './networks/packet-filter.ts';
import { PortReservations } from './networks/port-reservations.ts';
import { Crun } from './runtime/crun.ts';
import type { Remapping } from './user-namespaces/remapping.ts';
import { VolumeStore } from './volumes/volume-store.ts';

export interface EngineOptions {
  /** The store, such as `/var/lib/system-docker`. */
  readonly root: string;
  /** For what need not outlive this boot, such as `/run/system-docker`. */
  readonly execRoot: string;
  /** A read-only store of images that belong to the OS. */
  readonly systemImages?: string | undefined;
  /** `max-size` and so on for containers that do not say. */
  readonly defaultLogOptions: Readonly<Record<string, string>>;
  /** The control group under which all containers' lie, such as `/docker`. */
  readonly cgroupParent: string;
  /** How registries are reached. */
  readonly registries: RegistrySettings;
  readonly networks: NetworkDefaults;
  /** Whom the users of containers are outside, if somebody else. */
  readonly remapping?: Remapping | undefined;
  /** The version of the OS. */
  readonly version: string;
}

export interface Engine {
  readonly options: EngineOptions;
  readonly host: HostFacts;
  readonly images: ImageStore;
  readonly pulls: Pulls;
  readonly volumes: VolumeStore;
  readonly containers: ContainerRegistry;
  readonly networks: NetworkStore;
  readonly publishedPorts: PortReservations;
  readonly packetFilter: PacketFilter;
  readonly nameServers: NameServers;
  readonly events: EventLog;
  readonly runtime: Crun;
  readonly fileChanges: FileChanges;
}

/** Opens the store. What an earlier run left half-done in it is cleaned up. */
export function openEngine(options: EngineOptions, host: HostFacts): Engine {
  const events = new EventLog();
  const images = new ImageStore(options.root, options.systemImages);
  const containers = new ContainerRegistry(`${options.root}/containers`, images.scratch);
  const networks = new NetworkStore(options.root, options.networks, events);
  const engine: Engine = {
    options,
    host,
    images,
    pulls: new Pulls(images),
    volumes: new VolumeStore(options.root, events, options.remapping?.root),
    containers,
    networks,
    publishedPorts: new PortReservations(),
    packetFilter: new PacketFilter(`paddock-${baseName(options.root)}`),
    nameServers: new NameServers({
      containers: () => containers.all(),
      networks: () => networks.list(),
      defaultServers: options.networks.dns.Dns ?? [],
    }),
    events,
    runtime: new Crun(`${options.execRoot}/crun`),
    fileChanges: new FileChanges(),
  };
  engine.containers.load();
  return engine;
}
