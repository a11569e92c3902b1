/** Which interfaces the configuration makes, and which settings each interface gets. Pure functions. */
import { type InterfaceSettings, settingsFor } from './interface-settings.ts';
import type { LinkState } from './state.ts';

/** An interface to make. */
export type Definition =
  | { readonly kind: 'bond'; readonly options: Readonly<Record<string, string>> }
  | { readonly kind: 'bridge' }
  | { readonly kind: 'vlan'; readonly parent: string; readonly id: number };

export interface WantedLink {
  readonly name: string;
  readonly settings: InterfaceSettings;
}

/** What the definitions and settings of the configuration mean for the interfaces that are there. */
export interface Wanted {
  /** To make, in this order. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Interfaces with settings, ports before what they belong to. */
  readonly links: readonly WantedLink[];
}

const RANK: Readonly<Record<string, number>> = { bond: 1, vlan: 2, bridge: 3 };

/** @param present the interfaces that nobody here made, and perhaps some that were made before */
export function wantedLinks(interfaces: readonly InterfaceSettings[], present: readonly LinkState[]): Wanted {
  const definitions = new Map<string, Definition>();
  for (const { match, isBridge, master, bondOptions } of interfaces) {
    if (isBridge) definitions.set(match, { kind: 'bridge' });
    else if (bondOptions !== undefined) definitions.set(match, { kind: 'bond', options: bondOptions });
    if (master === undefined || definitions.has(master.name)) continue;
    const options = interfaces.find(({ match: name }) => name === master.name)?.bondOptions ?? {};
    definitions.set(master.name, master.kind === 'bridge' ? { kind: 'bridge' } : { kind: 'bond', options });
  }
  const others = present.filter(({ name }) => !definitions.has(name));
  const made = [...definitions].map(([name, { kind }]) => ({ name, hardwareAddress: '', kind }));
  const parents = [...others, ...made];
  for (const parent of parents) {
    for (const { id, name } of settingsFor(parent, interfaces)?.vlans ?? []) {
      definitions.set(name ?? `${parent.name}.${id}`, { kind: 'vlan', parent: parent.name, id });
    }
  }
  const all = [
    ...others.filter(({ name }) => !definitions.has(name)),
    ...[...definitions].map(([name, { kind }]) => ({ name, hardwareAddress: '', kind })),
  ];
  const links = all.flatMap((link) => {
    const settings = settingsFor(link, interfaces) ?? (definitions.has(link.name) ? PLAIN : undefined);
    return settings === undefined ? [] : [{ name: link.name, settings, rank: RANK[link.kind ?? ''] ?? 0 }];
  });
  links.sort((one, other) => one.rank - other.rank);
  return { definitions, links: links.map(({ name, settings }) => ({ name, settings })) };
}

/** Of an interface that is made and only switched on. */
const PLAIN: InterfaceSettings = {
  match: '',
  dhcp: false,
  linkLocal: false,
  addresses: [],
  routes: [],
  isBridge: false,
  vlans: [],
  preUp: [],
  postUp: [],
};
