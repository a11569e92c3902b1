/** Which services go before which. */
import type { Condition, Predecessor } from './compose-depends.ts';
import type { Service } from './service.ts';

export interface Dependency {
  /**
   * `needs`: the one cannot be without the other (`volumes_from`, `links`, shared namespaces, `depends_on`).
   * `after`: it is only to come later (labels, log driver); if the other fails or does not exist, it comes all the same.
   */
  readonly kind: 'needs' | 'after';
  /** Each must be met. */
  readonly conditions: readonly Condition[];
}

export interface ServiceGraph {
  /** By the name of each service, in the order of the configuration: the services before it. Has no circles. */
  readonly dependencies: ReadonlyMap<string, ReadonlyMap<string, Dependency>>;
  /** Circles that were opened, one line each. */
  readonly problems: readonly string[];
}

type MutableDependencies = Map<string, Map<string, Dependency>>;

/**
 * Builds the graph and opens its circles: services that wait for each other in vain are started in any order rather
 * than not at all; those that need each other cannot exist and are taken out.
 * @param isThere whether an image is in the system; a service whose image must be pulled comes after the network
 */
export function buildGraph(
  services: readonly Service[],
  isThere: (image: string) => boolean = () => true,
): ServiceGraph {
  const dependencies: MutableDependencies = new Map(services.map(({ name }) => [name, new Map()]));
  const add = (name: string, { name: before, condition }: Predecessor, kind: Dependency['kind']) => {
    const known = dependencies.get(name);
    if (known === undefined || !dependencies.has(before)) return;
    const { kind: old = kind, conditions = [] } = known.get(before) ?? {};
    known.set(before, {
      kind: old === 'needs' ? old : kind,
      conditions: [...new Set([...conditions, condition])],
    });
  };
  const ready = (name: string): Predecessor => ({ name, condition: 'ready' });
  for (const { name, rules, needs, after, request } of services) {
    for (const before of needs) add(name, before, 'needs');
    for (const before of after) add(name, before, 'after');
    for (const later of rules.before) add(later, ready(name), 'after');
    if (request.HostConfig?.LogConfig?.Type === 'syslog') add(name, ready('syslog'), 'after');
  }
  const problems = openCircles(dependencies);
  const beforeNetwork = predecessorsOf(NETWORK, dependencies);
  for (const { name, request } of services) {
    if (!beforeNetwork.has(name) && !isThere(request.Image ?? '')) add(name, ready(NETWORK), 'after');
  }
  return { dependencies, problems };
}

const NETWORK = 'network';

/** A service and all that it depends on, directly or not. */
export function predecessorsOf(name: string, dependencies: ServiceGraph['dependencies']): Set<string> {
  const found = new Set<string>();
  const visit = (one: string) => {
    if (found.has(one)) return;
    found.add(one);
    for (const before of dependencies.get(one)?.keys() ?? []) visit(before);
  };
  visit(name);
  return found;
}

function openCircles(dependencies: MutableDependencies): string[] {
  const problems: string[] = [];
  for (let circle = findCircle(dependencies); circle !== undefined; circle = findCircle(dependencies)) {
    const edges = circle.map((name, index) => [name, circle?.[index + 1] ?? circle?.[0] ?? name] as const);
    const path = [...circle, circle[0]].join(' → ');
    const optional = edges.filter(([name, before]) => dependencies.get(name)?.get(before)?.kind === 'after');
    for (const [name, before] of optional) dependencies.get(name)?.delete(before);
    if (optional.length > 0) {
      problems.push(`services wait for each other: ${path}; this order is ignored`);
    } else {
      for (const name of circle) dependencies.delete(name);
      for (const known of dependencies.values()) for (const name of circle) known.delete(name);
      problems.push(`services need each other: ${path}; they are ignored`);
    }
  }
  return problems;
}

/** The members of a circle, each before the one that it depends on; undefined if there is none. */
function findCircle(dependencies: MutableDependencies): string[] | undefined {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (finished.has(name)) return undefined;
    const start = path.indexOf(name);
    if (start >= 0) return path.slice(start);
    path.push(name);
    for (const before of dependencies.get(name)?.keys() ?? []) {
      const circle = visit(before);
      if (circle !== undefined) return circle;
    }
    path.pop();
    finished.add(name);
    return undefined;
  };
  for (const name of dependencies.keys()) {
    const circle = visit(name);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** The services in waves: each wave depends only on those before it. */
export function startWaves({ dependencies }: ServiceGraph): string[][] {
  const waves: string[][] = [];
  const started = new Set<string>();
  while (started.size < dependencies.size) {
    const wave = [...dependencies]
      .filter(([name, before]) => !started.has(name) && [...before.keys()].every((one) => started.has(one)))
      .map(([name]) => name);
    for (const name of wave) started.add(name);
    waves.push(wave);
  }
  return waves;
}

/** The service and all that depend on it, directly or not. */
export function dependentsOf({ dependencies }: ServiceGraph, name: string): Set<string> {
  const found = new Set([name]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [other, before] of dependencies) {
      if ([...before.keys()].some((one) => found.has(one))) found.add(other);
    }
  }
  return found;
}
