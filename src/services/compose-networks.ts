/** `networks` of a service: networks of System Docker by their names. */
import { isMap } from '../config/merge.ts';
import type { EndpointConfig } from '../engine/api-types.ts';
import { list, text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/**
 * A list of names, or a map of names to aliases and addresses. The service has its own name in each.
 * @returns the endpoints by network, in the order of the file
 */
export function endpoints(service: string, value: unknown, place: string): Record<string, EndpointConfig> {
  const entries = isMap(value)
    ? Object.entries(value)
    : list(value, place).map((name) => [name, null] as const);
  const found = entries.map(([network, item]) => {
    const at = `${place}.${network}`;
    if (item !== null && !isMap(item)) throw new ServiceError(`${at}: expected a map`);
    const { aliases, ipv4_address } = item ?? {};
    const names = aliases == null ? [] : list(aliases, `${at}.aliases`);
    const address = ipv4_address == null ? undefined : text(ipv4_address, `${at}.ipv4_address`);
    return [
      network,
      {
        Aliases: [...new Set([service, ...names])],
        ...(address === undefined ? {} : { IPAMConfig: { IPv4Address: address } }),
      },
    ];
  });
  return Object.fromEntries(found);
}
