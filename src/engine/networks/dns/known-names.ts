/** What a container finds by name: those who are on the same user-defined network. */
import { formatAddress, parseAddress } from '../../../linux/ip-address.ts';
import type { Container } from '../../containers/container.ts';
import { type Attachment, containerNames, type Endpoint } from '../endpoint.ts';
import { parseLink } from '../link-format.ts';
import { isUserDefined, type Network } from '../network.ts';

/** Somebody that the container can reach. */
interface Neighbour {
  readonly container: Container;
  readonly attachment: Attachment;
  readonly endpoint: Endpoint;
  readonly network: Network;
  /** How the container itself is on that network. */
  readonly own: Attachment;
}

/** The endpoints with a name, in lower case; undefined if nobody has it. */
export function endpointsNamed(
  name: string,
  container: Container,
  containers: readonly Container[],
  networks: readonly Network[],
): Endpoint[] | undefined {
  const found = neighbours(container, containers, networks).filter((neighbour) =>
    hasName(neighbour, name, container),
  );
  return found.length === 0 ? undefined : found.map(({ endpoint }) => endpoint);
}

/** The name of who has an address, such as `web.first`; undefined if nobody has it. */
export function nameOfAddress(
  address: string,
  container: Container,
  containers: readonly Container[],
  networks: readonly Network[],
): string | undefined {
  const bytes = parseAddress(address);
  if (bytes === undefined) return undefined;
  const text = formatAddress(bytes);
  const found = neighbours(container, containers, networks).find(
    ({ endpoint: { ipv4, ipv6 } }) => ipv4.address === text || ipv6?.address === text,
  );
  return found && `${found.container.record.name}.${found.network.name}`;
}

function neighbours(
  { record }: Container,
  containers: readonly Container[],
  networks: readonly Network[],
): Neighbour[] {
  return Object.values(record.networks).flatMap((own) => {
    const network = networks.find(({ id }) => id === own.networkId);
    if (network === undefined || own.endpoint === undefined || !isUserDefined(network)) return [];
    return containers.flatMap((container) =>
      Object.values(container.record.networks).flatMap((attachment) => {
        const { networkId, endpoint } = attachment;
        if (networkId !== network.id || endpoint === undefined) return [];
        return [{ container, attachment, endpoint, network, own }];
      }),
    );
  });
}

/** Also with the network's name behind it; and by the links of the container that asks, which nobody else knows. */
function hasName(
  { container, attachment, network, own }: Neighbour,
  wanted: string,
  asking: Container,
): boolean {
  const links = [...(own.settings.Links ?? []), ...(asking.record.hostConfig.Links ?? [])];
  const aliases = links.flatMap((link) => {
    const { target, alias } = parseLink(link);
    return isContainer(container, target) ? [alias] : [];
  });
  return [...containerNames(container.record, attachment.settings), ...aliases].some((name) => {
    const lower = name.toLowerCase();
    return lower === wanted || `${lower}.${network.name.toLowerCase()}` === wanted;
  });
}

function isContainer({ id, record }: Container, reference: string): boolean {
  return record.name === reference || (reference.length >= 12 && id.startsWith(reference));
}
