/** From the configuration and the network as it is to the steps that are missing. Pure functions. */
import { parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';
import { ANYWHERE, type InterfaceSettings } from './interface-settings.ts';
import type { NetworkSettings } from './settings.ts';
import type { LinkState, NetworkState, Owned, RouteState } from './state.ts';
import type { CommandPhase, PlannedRoute, Step } from './step.ts';
import { type Definition, type Wanted, wantedLinks } from './wanted-links.ts';

export interface NetworkPlan {
  /** In this order. None if everything is as it shall be. */
  readonly steps: readonly Step[];
  /** Commands for when there are addresses by DHCP, too, or there were none in time. */
  readonly lastSteps: readonly Step[];
  /** What the network service has made when the steps are done. */
  readonly owned: Owned;
  /** Names of the interfaces that ask for addresses, with their settings. */
  readonly dhcp: ReadonlyMap<string, InterfaceSettings>;
}

/** Of a default route of IPv6; the kernel calls it so if nobody says anything. */
const IPV6_METRIC = 1024;

/**
 * Takes back what was made and is not wanted any more, then makes what is missing: interfaces, ports, MTUs, addresses,
 * routes. What the network service did not make stays as it is.
 */
export function planNetwork(settings: NetworkSettings, state: NetworkState, owned: Owned): NetworkPlan {
  const unowned = state.links.filter(({ name }) => owned.links[name] === undefined);
  const wanted = wantedLinks(settings.interfaces, unowned);
  const before = runOnce('pre_cmds', undefined, settings.preCommands, '', owned);
  const after = runOnce('post_cmds', undefined, settings.postCommands, '', owned);
  const removal = planRemoval(wanted, state, owned);
  const creation = planCreation(wanted, removal.state, owned);
  const links = wanted.links.map(({ name, settings: own }) => {
    const present = removal.state.links.find((link) => link.name === name);
    return planLink(name, own, present, removal.state, owned, wanted);
  });
  const routes = planRoutes(wanted, removal.state);
  // Those of an interface that is removed go with it.
  const isThere = (name: string) => removal.state.links.some((link) => link.name === name);
  const stale = state.routes.filter(
    (route) =>
      isThere(route.link) &&
      owned.routes.some((other) => isSame(route, other)) &&
      !routes.some((other) => isSame(route, other)),
  );
  const missing = routes.filter((route) => !removal.state.routes.some((other) => isSame(route, other)));
  const restored = planMtus(wanted, removal.state, owned);
  return {
    steps: [
      ...before.steps,
      ...stale.map((route): Step => ({ do: 'remove-route', ...route })),
      ...removal.steps,
      ...restored,
      ...creation.steps,
      ...links.flatMap(({ steps }) => steps),
      ...missing.map((route): Step => ({ do: 'add-route', ...route })),
    ],
    lastSteps: [...links.flatMap(({ lastSteps }) => lastSteps), ...after.steps],
    owned: {
      links: creation.owned,
      ports: Object.fromEntries(
        wanted.links.flatMap(({ name, settings: { master } }) => (master ? [[name, master.name]] : [])),
      ),
      mtus: Object.fromEntries(links.flatMap(({ mtu }) => mtu)),
      addresses: Object.fromEntries(
        wanted.links.map(({ name, settings: own }) => [name, own.master ? [] : own.addresses]),
      ),
      routes: routes.map(({ link, to, via, metric }) => ({ link, to, ...(via ? { via } : {}), metric })),
      commands: Object.assign({}, before.ran, after.ran, ...links.map(({ ran }) => ran)) as Owned['commands'],
    },
    dhcp: new Map(
      wanted.links
        .filter(({ settings: own }) => (own.dhcp || own.linkLocal) && !own.master)
        .map(({ name, settings: own }) => [name, own]),
    ),
  };
}

/** What goes, and the network as it is without it. */
function planRemoval(
  { definitions, links }: Wanted,
  state: NetworkState,
  owned: Owned,
): { steps: Step[]; state: NetworkState } {
  const isChanged = (name: string, text: string) => describe(definitions.get(name)) !== text;
  const doomed = new Set(
    state.links
      .filter(({ name, kind }) => {
        const definition = definitions.get(name);
        const text = owned.links[name];
        // The options of a bond that somebody else made are unknown.
        if (text === undefined) return definition?.kind === 'bond' && kind === 'bond';
        return isChanged(name, text);
      })
      .map(({ name }) => name),
  );
  // A VLAN goes with the interface that it lies on.
  for (const [name, text] of Object.entries(owned.links)) {
    const parent = /^vlan \d+ on (.+)$/.exec(text)?.[1];
    if (parent !== undefined && doomed.has(parent)) doomed.add(name);
  }
  const masterOf = (link: string) => links.find(({ name }) => name === link)?.settings.master?.name;
  const released = state.links.filter(({ name, master }) => {
    if (master === undefined || doomed.has(name)) return false;
    const wanted = masterOf(name);
    return wanted === undefined ? owned.ports[name] === master : wanted !== master;
  });
  const isPort = (link: string) => masterOf(link) !== undefined;
  const addressesOf = (link: string) => links.find(({ name }) => name === link)?.settings.addresses ?? [];
  const addresses = state.addresses.filter(
    ({ link, address }) =>
      !doomed.has(link) &&
      owned.addresses[link]?.includes(address) &&
      (isPort(link) || !addressesOf(link).includes(address)),
  );
  const touched = new Set(addresses.map(({ link }) => link));
  const remaining = state.links
    .filter(({ name }) => !doomed.has(name))
    .map((link): LinkState => {
      const { master, ...rest } = link;
      const isFree = master === undefined || doomed.has(master) || released.includes(link);
      return isFree ? rest : link;
    });
  return {
    steps: [
      ...addresses.map((address): Step => ({ do: 'remove-address', ...address })),
      ...released.map(({ name }): Step => ({ do: 'set-master', link: name, master: null })),
      ...[...doomed].reverse().map((link): Step => ({ do: 'delete-link', link })),
    ],
    state: {
      links: remaining,
      // The kernel may take others of the same network along, and the routes through it: they are set again.
      addresses: state.addresses.filter(
        ({ link, address }) =>
          !doomed.has(link) &&
          (!touched.has(link) || address.includes(':')) &&
          !addresses.some((gone) => gone.link === link && gone.address === address),
      ),
      routes: state.routes.filter(({ link }) => !doomed.has(link) && !touched.has(link)),
    },
  };
}

function planCreation({ definitions }: Wanted, state: NetworkState, owned: Owned) {
  const steps: Step[] = [];
  const made: Record<string, string> = {};
  for (const [link, definition] of definitions) {
    const isThere = state.links.some(({ name }) => name === link);
    if (!isThere) steps.push(creationOf(link, definition));
    if (!isThere || owned.links[link] !== undefined) made[link] = describe(definition);
  }
  return { steps, owned: made };
}

function creationOf(link: string, definition: Definition): Step {
  switch (definition.kind) {
    case 'bond':
      return { do: 'create-bond', link, options: definition.options };
    case 'bridge':
      return { do: 'create-bridge', link };
    case 'vlan':
      return { do: 'create-vlan', link, parent: definition.parent, id: definition.id };
  }
}

/** The same text for the same definition. */
function describe(definition: Definition | undefined): string {
  switch (definition?.kind) {
    case 'bond':
      return `bond ${JSON.stringify(definition.options)}`;
    case 'vlan':
      return `vlan ${definition.id} on ${definition.parent}`;
    default:
      return definition?.kind ?? '';
  }
}

interface LinkPlan {
  readonly steps: Step[];
  readonly lastSteps: readonly Step[];
  /** The MTU before, if it is another now. */
  readonly mtu: [string, number][];
  readonly ran: Record<string, string>;
}

function planLink(
  link: string,
  settings: InterfaceSettings,
  present: LinkState | undefined,
  state: NetworkState,
  owned: Owned,
  { definitions }: Wanted,
): LinkPlan {
  const { master, mtu, addresses } = settings;
  const fingerprint = JSON.stringify([definitions.get(link) ?? present?.index, settings]);
  const before = runOnce('pre_up', link, settings.preUp, fingerprint, owned);
  const after = runOnce('post_up', link, settings.postUp, fingerprint, owned);
  const steps: Step[] = [...before.steps];
  if (mtu !== undefined && present?.mtu !== mtu) steps.push({ do: 'set-mtu', link, mtu });
  if (master !== undefined && present?.master !== master.name) {
    const isBond = definitions.get(master.name)?.kind === 'bond';
    if (isBond && present?.isUp) steps.push({ do: 'set-down', link });
    steps.push({ do: 'set-master', link, master: master.name });
    if (!isBond && !present?.isUp) steps.push({ do: 'set-up', link });
  } else if (!present?.isUp) steps.push({ do: 'set-up', link });
  const has = (address: string) =>
    state.addresses.some((other) => other.link === link && other.address === address);
  for (const address of master ? [] : addresses) {
    if (!has(address)) steps.push({ do: 'add-address', link, address });
  }
  const original = owned.mtus[link] ?? present?.mtu;
  return {
    steps,
    lastSteps: after.steps,
    mtu: mtu === undefined || original === undefined ? [] : [[link, original]],
    ran: { ...before.ran, ...after.ran },
  };
}

/** MTUs that were set and are not wanted any more. */
function planMtus({ links }: Wanted, state: NetworkState, owned: Owned): Step[] {
  return Object.entries(owned.mtus).flatMap(([link, mtu]): Step[] => {
    const settings = links.find(({ name }) => name === link)?.settings;
    const present = state.links.find(({ name }) => name === link);
    const isOurs = settings?.mtu === undefined && present !== undefined && present.mtu !== mtu;
    return isOurs ? [{ do: 'set-mtu', link, mtu }] : [];
  });
}

/** All routes that the configuration wants. Of several default routes the first counts, the others stand in for it. */
function planRoutes({ links }: Wanted, state: NetworkState): PlannedRoute[] {
  const defaults = { [ANYWHERE.ipv4]: 0, [ANYWHERE.ipv6]: IPV6_METRIC };
  return links.flatMap(({ name: link, settings: { routes, addresses, master } }) =>
    (master ? [] : routes).map(({ to, via, metric }): PlannedRoute => {
      const isIpv6 = to.includes(':');
      let own = metric ?? (isIpv6 ? IPV6_METRIC : 0);
      if (metric === undefined && (to === ANYWHERE.ipv4 || to === ANYWHERE.ipv6)) own = defaults[to]++;
      const known = [
        ...addresses,
        ...state.addresses.flatMap((other) => (other.link === link ? [other.address] : [])),
      ];
      const isOnLink =
        via !== undefined && !/^fe[89ab]/.test(via) && !known.some((address) => contains(address, via));
      return { link, to, ...(via ? { via } : {}), metric: own, ...(isOnLink ? { isOnLink } : {}) };
    }),
  );
}

/** Whether an address is in the network of another, which has its prefix length. */
function contains(network: string, address: string): boolean {
  const [parsed, bytes] = [parsePrefixedAddress(network), parseAddress(address)];
  if (parsed === undefined || bytes?.length !== parsed.bytes.length) return false;
  return parsed.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, parsed.prefixLength - index * 8));
    return ((byte ^ (bytes[index] ?? 0)) & (0xff00 >> bits) & 0xff) === 0;
  });
}

function isSame(one: RouteState, other: RouteState): boolean {
  return (
    one.link === other.link && one.to === other.to && one.via === other.via && one.metric === other.metric
  );
}

/** Commands run once for each settings of an interface, not whenever the network service looks. */
function runOnce(
  what: CommandPhase,
  link: string | undefined,
  commands: readonly string[],
  fingerprint: string,
  owned: Owned,
): { steps: Step[]; ran: Record<string, string> } {
  if (commands.length === 0) return { steps: [], ran: {} };
  const key = link === undefined ? what : `${what} ${link}`;
  const now = `${fingerprint}${JSON.stringify(commands)}`;
  const step: Step = { do: 'run', what, ...(link === undefined ? {} : { link }), commands };
  return { steps: owned.commands[key] === now ? [] : [step], ran: { [key]: now } };
}
