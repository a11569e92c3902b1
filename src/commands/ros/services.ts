/** The services that a command of `ros service` is about. */
import { nearest } from '../../config/nearest.ts';
import type { Config } from '../../config/schema.ts';
import type { ContainerSummary } from '../../engine/api-types.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { NetworkUse } from '../../services/catalogue.ts';
import { includeServices } from '../../services/include.ts';
import { COMPOSE_LABEL, PROJECT } from '../../services/labels.ts';
import { type Project, parseProject } from '../../services/project.ts';
import { CommandFailure } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import { UsageError } from '../docker/flags.ts';
import type { Machine } from './machine.ts';

/**
 * The configuration with the definitions that it includes, and what was ignored in it. A definition that cannot be had
 * costs a warning.
 */
export async function loadServices(
  machine: Machine,
  console: Console,
  use: NetworkUse,
): Promise<{ config: Config; project: Project; messages: readonly string[]; isComplete: boolean }> {
  const { config: written, messages } = await machine.config();
  const openCatalogue = async () =>
    (await import('../../services/catalogue.ts')).openCatalogue(written, () => host.sha256());
  const { config, missing } = await includeServices(written, openCatalogue, use);
  for (const [name, reason] of missing) console.err(`warning: rancher.services_include.${name}: ${reason}\n`);
  return { config, project: parseProject(config), messages, isComplete: missing.size === 0 };
}

export function requireNames(names: readonly string[]): void {
  if (names.length === 0) throw new UsageError('Must specify one or more services');
}

/** Fails at the first name that is no service of the project. */
export function requireServices({ services, problems }: Project, names: readonly string[]): void {
  const known = services.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const problem = problems.find((line) => line.startsWith(`rancher.services.${name}.`));
    if (problem !== undefined) throw new CommandFailure(problem);
    const guess = nearest(name, known);
    const advice = guess === undefined ? 'ros service list -a lists them' : `did you mean ${guess}?`;
    throw new CommandFailure(`${name} is not a service; ${advice}`);
  }
}

/** The containers of all services, by the services' names. */
export async function serviceContainers(client: EngineClient): Promise<Map<string, ContainerSummary>> {
  const filters = { label: [`${COMPOSE_LABEL.PROJECT}=${PROJECT}`] };
  const containers = await client.listContainers({ all: true, filters });
  return new Map(
    containers.map((container) => [
      container.Labels?.[COMPOSE_LABEL.SERVICE] ?? container.Names[0]?.slice(1) ?? container.Id,
      container,
    ]),
  );
}
