/** How a container is on a network: what was asked for, and what it has while it runs. */
import * as v from 'valibot';
import { parseAddress } from '../../linux/ip-address.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import { integer, stringMap } from '../../oci/json.ts';
import { invalidParameter } from '../errors.ts';
import { contains } from './address-range.ts';
import { addressPools, isUserDefined, type Network } from './network.ts';

/** `EndpointSettings` of the Engine API, as far as a client may set it. */
export const endpointSettingsSchema = v.object({
  IPAMConfig: v.nullish(
    v.object({
      IPv4Address: v.nullish(v.string()),
      IPv6Address: v.nullish(v.string()),
      LinkLocalIPs: v.nullish(v.array(v.string())),
    }),
  ),
  Links: v.nullish(v.array(v.string())),
  Aliases: v.nullish(v.array(v.string())),
  MacAddress: v.nullish(v.string()),
  DriverOpts: v.nullish(stringMap),
  GwPriority: v.nullish(integer),
});

export type EndpointSettings = v.InferOutput<typeof endpointSettingsSchema>;

/** What a container that runs has on a network. */
export interface Endpoint {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** The interface in the container, such as `eth0`. */
  readonly interfaceName: string;
  readonly macAddress: string;
  readonly ipv4: EndpointAddress;
  readonly ipv6?: EndpointAddress;
}

export interface EndpointAddress {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
}

/** A container's place on one network. */
export interface Attachment {
  readonly settings: EndpointSettings;
  /** Of the network when it was last joined; empty before. */
  networkId: string;
  /** While the container runs. */
  endpoint?: Endpoint | undefined;
}

/** The name of the interface at the machine's end of the cable. */
export function cableName({ id }: Endpoint): string {
  return `veth${id.slice(0, 7)}`;
}

/** The names by which a container is found on a user-defined network. */
export function containerNames(
  { id, name, config }: { readonly id: string; readonly name: string; readonly config: ContainerConfig },
  { Aliases }: EndpointSettings,
): string[] {
  const { Hostname } = config;
  return [...new Set([name, ...(Aliases ?? []), id.slice(0, 12), ...(Hostname ? [Hostname] : [])])];
}

/** Throws 400, in Docker's words, for settings that the network cannot fulfil. */
export function checkSettings(network: Network, settings: EndpointSettings): void {
  const { IPAMConfig, Aliases, MacAddress } = settings;
  const addresses = [IPAMConfig?.IPv4Address, IPAMConfig?.IPv6Address].filter((text) => !!text) as string[];
  const problems = [
    ...(addresses.length > 0 && !isUserDefined(network)
      ? ['user-specified IP address is supported on user-defined networks only']
      : addresses.flatMap((text) => addressProblem(network, text) ?? [])),
    ...(Aliases?.length && !isUserDefined(network)
      ? ['network-scoped aliases are only supported for user-defined networks']
      : []),
    ...(MacAddress && !MAC_ADDRESS.test(MacAddress) ? [`invalid MAC address: ${MacAddress}`] : []),
  ];
  if (problems.length > 0) throw invalidParameter(`invalid endpoint settings:\n${problems.join('\n')}`);
}

const MAC_ADDRESS = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

function addressProblem(network: Network, text: string): string | undefined {
  if (!network.hasOwnSubnets) {
    return 'user-specified IP address is supported only when connecting to networks with user-configured subnets';
  }
  const bytes = parseAddress(text);
  if (bytes === undefined) return `invalid IP address: ${text}`;
  const isInside = addressPools(network).some(({ subnet }) => contains(subnet, bytes));
  return isInside ? undefined : `no configured subnet contains IP address ${text}`;
}
