/** Which of its networks leads a container to everywhere else. A pure function. */
import type { Attachment } from './endpoint.ts';
import type { Network } from './network.ts';

/**
 * The network with the highest priority; among equals the first by name. It is also by which ports are published. One
 * that has a way out goes before one that has none.
 * @param attachments of one container, by the names of the networks; only those with an endpoint count
 * @returns undefined if none leads outside
 */
export function gatewayAttachment(
  attachments: Readonly<Record<string, Attachment>>,
  networks: readonly Network[],
): Attachment | undefined {
  const candidates = Object.entries(attachments).filter(
    ([, { networkId, endpoint }]) =>
      endpoint !== undefined && networks.some(({ id, internal }) => id === networkId && !internal),
  );
  const priority = ({ settings }: Attachment) => settings.GwPriority ?? 0;
  candidates.sort(
    ([oneName, one], [otherName, other]) => priority(other) - priority(one) || (oneName < otherName ? -1 : 1),
  );
  return candidates[0]?.[1];
}
