/**
 * Tables of nftables with their chains and rules, and the messages of nf_tables that make them. Pure functions.
 *
 * Source: the kernel's include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h.
 */
import { NLM_F } from './netlink-message.ts';
import { NetlinkWriter } from './netlink-writer.ts';
import { writeExpression } from './nftables-expression.ts';
import type { Rule } from './nftables-rule.ts';

/** Of the family `inet`, which sees IPv4 and IPv6. */
export interface Table {
  readonly name: string;
  readonly chains: readonly Chain[];
}

export interface Chain {
  readonly name: string;
  /** Where packets enter it. Without, only a jump leads to it. */
  readonly base?: BaseChain;
  readonly rules: readonly Rule[];
}

export interface BaseChain {
  /** Chains of type `nat` see the first packet of a connection only. */
  readonly type: 'filter' | 'nat';
  readonly hook: keyof typeof HOOK;
  /** Those with a lower one are first. */
  readonly priority: number;
  /** What becomes of packets at its end: `accept` if absent. */
  readonly policy?: 'accept' | 'drop';
}

/** The usual ones. */
export const PRIORITY = { raw: -300, destinationNat: -100, filter: 0, sourceNat: 100 } as const;

/** One message of a batch. */
export interface Step {
  /** Names it in an error, such as `rule 2 of chain forward`. */
  readonly what: string;
  readonly type: number;
  readonly flags: number;
  /** Writes the attributes. */
  readonly write: (to: NetlinkWriter) => void;
}

const HOOK = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
const POLICY = { drop: 0, accept: 1 } as const;
const NFPROTO_INET = 1;

const NFNL_SUBSYS_NFTABLES = 10;
const MESSAGE = { NEWTABLE: 0, DELTABLE: 2, NEWCHAIN: 3, NEWRULE: 6 } as const;
const BATCH = { BEGIN: 16, END: 17 } as const;
const NLM_F_APPEND = 0x800;

const NFTA_TABLE = { NAME: 1, FLAGS: 2 } as const;
const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
const NFTA_HOOK = { NUMBER: 1, PRIORITY: 2 } as const;
const NFTA_RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;

/** Makes a table anew, whether it is there or not. */
export function stepsToReplace({ name, chains }: Table): Step[] {
  return [
    ...stepsToDelete(name),
    newTable(name),
    ...chains.map((chain) => newChain(name, chain)),
    ...chains.flatMap((chain) =>
      chain.rules.map((rule, index) => newRule(name, chain.name, rule, index + 1)),
    ),
  ];
}

/** Deletes a table, whether it is there or not. */
export function stepsToDelete(table: string): Step[] {
  return [newTable(table), deleteTable(table)];
}

/**
 * The messages of one transaction: all of them take effect at once, or none does. Each has its place in the list as its
 * sequence number, from 1. The last asks for an acknowledgement; of the others, only a failure is heard.
 */
export function encodeBatch(steps: readonly Step[]): Uint8Array {
  const to = new NetlinkWriter();
  const border = (type: number) =>
    to.message(type, NLM_F.REQUEST, 0, () => to.raw(new Uint8Array([0, 0, 0, NFNL_SUBSYS_NFTABLES])));
  border(BATCH.BEGIN);
  for (const [index, { type, flags, write }] of steps.entries()) {
    const acknowledge = index === steps.length - 1 ? NLM_F.ACK : 0;
    to.message((NFNL_SUBSYS_NFTABLES << 8) | type, flags | NLM_F.REQUEST | acknowledge, index + 1, () => {
      to.raw(new Uint8Array([NFPROTO_INET, 0, 0, 0])); // struct nfgenmsg
      write(to);
    });
  }
  border(BATCH.END);
  return to.finish();
}

function newTable(name: string): Step {
  return {
    what: 'the table itself',
    type: MESSAGE.NEWTABLE,
    flags: NLM_F.CREATE,
    write: (to) => {
      to.text(NFTA_TABLE.NAME, name);
      to.number(NFTA_TABLE.FLAGS, 0);
    },
  };
}

function deleteTable(name: string): Step {
  const write = (to: NetlinkWriter) => to.text(NFTA_TABLE.NAME, name);
  return { what: 'the table before', type: MESSAGE.DELTABLE, flags: 0, write };
}

function newChain(table: string, { name, base }: Chain): Step {
  return {
    what: `chain ${name}`,
    type: MESSAGE.NEWCHAIN,
    flags: NLM_F.CREATE,
    write: (to) => {
      to.text(NFTA_CHAIN.TABLE, table);
      to.text(NFTA_CHAIN.NAME, name);
      if (base !== undefined) writeBase(to, base);
    },
  };
}

function writeBase(to: NetlinkWriter, { type, hook, priority, policy = 'accept' }: BaseChain): void {
  to.text(NFTA_CHAIN.TYPE, type);
  to.number(NFTA_CHAIN.POLICY, POLICY[policy]);
  to.nested(NFTA_CHAIN.HOOK, () => {
    to.number(NFTA_HOOK.NUMBER, HOOK[hook]);
    to.number(NFTA_HOOK.PRIORITY, priority);
  });
}

function newRule(table: string, chain: string, rule: Rule, number: number): Step {
  return {
    what: `rule ${number} of chain ${chain}`,
    type: MESSAGE.NEWRULE,
    flags: NLM_F.CREATE | NLM_F_APPEND,
    write: (to) => {
      to.text(NFTA_RULE.TABLE, table);
      to.text(NFTA_RULE.CHAIN, chain);
      to.nested(NFTA_RULE.EXPRESSIONS, () => {
        for (const expression of rule) writeExpression(to, expression);
      });
    },
  };
}
