/** Who is on a network at the moment. A pure function. */
import type { Container } from '../containers/container.ts';
import type { Endpoint } from './endpoint.ts';
import type { Network } from './network.ts';

export interface Member {
  readonly container: Container;
  readonly endpoint: Endpoint;
}

/** The containers that run on a network, of those given. */
export function membersOf({ id }: Network, containers: readonly Container[]): Member[] {
  return containers.flatMap((container) =>
    Object.values(container.record.networks).flatMap(({ networkId, endpoint }) =>
      networkId === id && endpoint !== undefined ? [{ container, endpoint }] : [],
    ),
  );
}
