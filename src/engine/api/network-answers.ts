/** Networks, and the places of containers on them, as the Engine API 1.51 shows them. */
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { type Attachment, containerNames, type Endpoint } from '../networks/endpoint.ts';
import { isUserDefined, type Network } from '../networks/network.ts';
import { exposedPorts, formatContainerPort, type PublishedPort } from '../networks/port-bindings.ts';

/** An element of GET /networks, where `Containers` is empty, and the answer of GET /networks/{id}. */
export function networkAnswer(network: Network, containers: readonly Container[]): Record<string, unknown> {
  const isOurs = network.driver === 'bridge';
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.enableIPv4,
    EnableIPv6: network.enableIPv6,
    IPAM: {
      Driver: 'default',
      Options: isUserDefined(network) ? {} : null,
      Config: isOurs ? network.subnets.map(subnetAnswer) : null,
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(containers.flatMap((container) => memberEntries(network, container))),
    Options: network.options,
    Labels: network.labels,
  };
}

function subnetAnswer({ subnet, ipRange, gateway, auxiliary }: Network['subnets'][number]) {
  return {
    Subnet: subnet,
    ...(ipRange === undefined ? {} : { IPRange: ipRange }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
    ...(auxiliary === undefined ? {} : { AuxiliaryAddresses: auxiliary }),
  };
}

function memberEntries({ id }: Network, { record }: Container): [string, unknown][] {
  const attachment = Object.values(record.networks).find(({ networkId }) => networkId === id);
  const endpoint = attachment?.endpoint;
  if (endpoint === undefined) return [];
  const { ipv4, ipv6 } = endpoint;
  const member = {
    Name: record.name,
    EndpointID: endpoint.id,
    MacAddress: endpoint.macAddress,
    IPv4Address: `${ipv4.address}/${ipv4.prefixLength}`,
    IPv6Address: ipv6 === undefined ? '' : `${ipv6.address}/${ipv6.prefixLength}`,
  };
  return [[record.id, member]];
}

/** `NetworkSettings` of a container. */
export function networkSettings(engine: Engine, { record, isAlive }: Container): Record<string, unknown> {
  const hasNamespace = isAlive && record.state.pid > 0;
  return {
    Bridge: '',
    SandboxID: hasNamespace ? record.id : '',
    SandboxKey: hasNamespace ? `/proc/${record.state.pid}/ns/net` : '',
    Ports: hasNamespace ? portMap(record) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...endpointAddresses(endpointOnDefaultBridge(record.networks)),
    Networks: endpointAnswers(engine, record),
  };
}

/** `NetworkSettings.Networks`. */
export function endpointAnswers(engine: Engine, record: Container['record']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record.networks).map(([name, { settings, networkId, endpoint }]) => {
      const network = engine.networks.find(networkId || name);
      return [
        name,
        {
          IPAMConfig: settings.IPAMConfig ?? null,
          Links: settings.Links ?? null,
          Aliases: settings.Aliases ?? null,
          DriverOpts: settings.DriverOpts ?? null,
          GwPriority: settings.GwPriority ?? 0,
          NetworkID: networkId,
          ...endpointAddresses(endpoint),
          DNSNames: network !== undefined && isUserDefined(network) ? containerNames(record, settings) : null,
        },
      ];
    }),
  );
}

function endpointOnDefaultBridge(networks: Readonly<Record<string, Attachment>>): Endpoint | undefined {
  return networks['bridge']?.endpoint;
}

function endpointAddresses(endpoint: Endpoint | undefined): Record<string, unknown> {
  return {
    EndpointID: endpoint?.id ?? '',
    Gateway: endpoint?.ipv4.gateway ?? '',
    IPAddress: endpoint?.ipv4.address ?? '',
    IPPrefixLen: endpoint?.ipv4.prefixLength ?? 0,
    IPv6Gateway: endpoint?.ipv6?.gateway ?? '',
    GlobalIPv6Address: endpoint?.ipv6?.address ?? '',
    GlobalIPv6PrefixLen: endpoint?.ipv6?.prefixLength ?? 0,
    MacAddress: endpoint?.macAddress ?? '',
  };
}

/** Null for a port that is exposed but not published. */
function portMap({ config, hostConfig, ports }: Container['record']): Record<string, unknown> {
  return Object.fromEntries(
    exposedPorts(config, hostConfig).map((exposed) => {
      const bindings = publishedOf(exposed, ports).map(({ hostIp, hostPort }) => ({
        HostIp: hostIp,
        HostPort: String(hostPort),
      }));
      return [formatContainerPort(exposed), bindings.length > 0 ? bindings : null];
    }),
  );
}

/** `Ports` of `docker ps`. */
export function portSummaries({ record, isAlive }: Container): Record<string, unknown>[] {
  if (!isAlive) return [];
  const { config, hostConfig, ports } = record;
  return exposedPorts(config, hostConfig).flatMap((exposed) => {
    const { port, protocol } = exposed;
    const published = publishedOf(exposed, ports);
    if (published.length === 0) return [{ PrivatePort: port, Type: protocol }];
    return published.map(({ hostIp, hostPort }) => ({
      IP: hostIp,
      PrivatePort: port,
      PublicPort: hostPort,
      Type: protocol,
    }));
  });
}

function publishedOf(
  { port, protocol }: { readonly port: number; readonly protocol: string },
  ports: readonly PublishedPort[],
): PublishedPort[] {
  return ports.filter((published) => published.port === port && published.protocol === protocol);
}
