/**
 * The packet filter nf_tables by netlink(7), without the program `nft`: whole tables, each put in place in one step.
 *
 * The namespace is the one in which this process is (`inNetworkNamespace`).
 */
import { describeErrno } from './errno.ts';
import { exchangeMessages, NETLINK } from './netlink.ts';
import { decodeAcknowledgement, type NetlinkMessage, NLMSG } from './netlink-message.ts';
import { encodeBatch, type Step, stepsToDelete, stepsToReplace, type Table } from './nftables-table.ts';

/**
 * Kernel modules of chains and expressions. The kernel runs /sbin/modprobe for each that it lacks, in the middle of a
 * transaction that it then begins again; loading them before takes a tenth of the time.
 */
export const NFTABLES_MODULES = [
  'nf_tables',
  'nft_chain_nat',
  'nft_ct',
  'nft_fib_inet',
  'nft_masq',
  'nft_nat',
  'nft_redir',
  'nft_reject_inet',
] as const;

/** The kernel refused a table; nothing has changed. The message names every part that it did not like. */
export class NftablesError extends Error {
  override readonly name = 'NftablesError';
}

/** Makes a table, or puts it in place of one of this name: no packet sees neither of them, or half of one. */
export function replaceTable(table: Table): void {
  commit(table.name, stepsToReplace(table));
}

/** Deletes a table with all that is in it; one that is not there is fine. */
export function deleteTable(name: string): void {
  commit(name, stepsToDelete(name));
}

function commit(name: string, steps: readonly Step[]): void {
  const failures = describeFailures(steps, exchangeMessages(NETLINK.NETFILTER, encodeBatch(steps)));
  if (failures.length > 0) {
    throw new NftablesError(`nftables: table ${name}: ${failures.join('; ')}`);
  }
}

/** What went wrong in a batch, by the answers to it. */
export function describeFailures(steps: readonly Step[], answers: readonly NetlinkMessage[]): string[] {
  const outcomes = answers.filter(({ type }) => type === NLMSG.ERROR).map(decodeAcknowledgement);
  if (outcomes.length === 0) return ['the kernel gave no answer'];
  return outcomes
    .filter(({ errno }) => errno !== 0)
    .map(({ sequence, errno, explanation }) => {
      const what = steps[sequence - 1]?.what ?? 'all of it';
      const [, text] = describeErrno(errno);
      return `${what}: ${text}${explanation === undefined ? '' : ` (${explanation})`}`;
    });
}
