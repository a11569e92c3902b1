/** In which order containers are stopped before the machine goes down. */
import type { ContainerSummary } from '../engine/api-types.ts';
import { dependentsOf, type ServiceGraph, startWaves } from './graph.ts';
import { COMPOSE_LABEL, PROJECT } from './labels.ts';

/** A container to be stopped. */
export interface Stop {
  readonly id: string;
  /** Of its service, or else of the container. */
  readonly name: string;
}

const CONSOLE = 'console';

/**
 * Plans the stop of running containers, in waves; those of one wave are stopped at the same time:
 * 1. containers that people started, and services that depend on the console, dependents first;
 * 2. the console, as late as possible, so that whoever is logged in sees what happens,
 *    but with the network still there, so that connections end properly;
 * 3. the other services, dependents first.
 */
export function planStop(graph: ServiceGraph, running: readonly ContainerSummary[]): Stop[][] {
  const stops = new Map(
    running.map((container) => [serviceOf(container) ?? container.Id, stopOf(container)]),
  );
  const upper = dependentsOf(graph, CONSOLE);
  upper.delete(CONSOLE);
  const waves = startWaves(graph).reverse();
  const order = [
    [...stops.keys()].filter((key) => !graph.dependencies.has(key)),
    ...waves.map((wave) => wave.filter((name) => upper.has(name))),
    [CONSOLE],
    ...waves.map((wave) => wave.filter((name) => !upper.has(name) && name !== CONSOLE)),
  ];
  return order
    .map((names) => names.flatMap((name) => stops.get(name) ?? []))
    .filter((wave) => wave.length > 0);
}

function serviceOf({ Labels }: ContainerSummary): string | undefined {
  return Labels?.[COMPOSE_LABEL.PROJECT] === PROJECT ? Labels[COMPOSE_LABEL.SERVICE] : undefined;
}

function stopOf(container: ContainerSummary): Stop {
  const name = serviceOf(container) ?? container.Names[0]?.slice(1) ?? container.Id;
  return { id: container.Id, name };
}
