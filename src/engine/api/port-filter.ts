/** The filters `publish` and `expose` of `docker ps`. */
import { invalidParameter } from '../errors.ts';
import type { ContainerPort } from '../networks/port-bindings.ts';
import type { Filters } from './filters.ts';

/**
 * Whether one of a container's ports is named by a filter, such as `80`, `80/udp` or `8000-8010/tcp`; every container passes
 * one that is not given. Throws 400 for what is no number; a protocol that does not exist names no port.
 */
export function portFilter(
  filters: Filters,
  name: 'publish' | 'expose',
): (ports: readonly ContainerPort[]) => boolean {
  const wanted = filters.values(name).map((value) => {
    const [range = '', protocol = 'tcp'] = value.split('/');
    const [first, last = first] = range
      .split('-')
      .map((port) => portNumber(port, `error while looking up for ${name} ${value}`));
    return { first: first ?? 0, last: last ?? 0, protocol: protocol.toLowerCase() };
  });
  return (ports) =>
    wanted.length === 0 ||
    ports.some(({ port, protocol }) =>
      wanted.some((range) => range.first <= port && port <= range.last && range.protocol === protocol),
    );
}

function portNumber(text: string, error: string): number {
  const problem = !/^\d+$/.test(text) ? 'invalid syntax' : Number(text) > 65535 && 'value out of range';
  if (problem) throw invalidParameter(`${error}: strconv.ParseUint: parsing "${text}": ${problem}`);
  return Number(text);
}
