/** Which containers of services are to be made, made anew, started or removed. */
import type { Config } from '../config/schema.ts';
import type { ContainerSummary } from '../engine/api-types.ts';
import type { NewSha256 } from '../oci/digest.ts';
import { COMPOSE_LABEL, LABEL } from '../services/labels.ts';
import { parseProject } from '../services/project.ts';
import { type ContainerAction, type Inventory, planStart, type ServiceStep } from '../services/start-plan.ts';
import type { ApplyStep } from './step.ts';

export interface ServiceFacts {
  /** The containers of the services, and all images. */
  readonly inventory: Inventory;
  readonly newSha256: NewSha256;
}

/** Plans the services. Unlike a boot it replaces containers that run, and none that is as it should be. */
export function planServices(
  { config, hasAllServices }: { readonly config: Config; readonly hasAllServices: boolean },
  { inventory, newSha256 }: ServiceFacts,
): { steps: ApplyStep[]; problems: readonly string[] } {
  const { steps, problems } = planStart(parseProject(config), inventory, newSha256);
  const changes = new Map<string, ServiceStep>();
  for (const step of steps) {
    const action = actionFor(step, inventory.containers, changes);
    if (action !== undefined) changes.set(step.name, { ...step, action });
  }
  const removed = inventory.containers.flatMap(({ Id: id, Labels }): ApplyStep[] => {
    const name = Labels?.[COMPOSE_LABEL.SERVICE] ?? '';
    return !hasAllServices || steps.some((step) => step.name === name)
      ? []
      : [{ kind: 'remove service', name, id }];
  });
  const broughtUp = [...changes.values()].map((step): ApplyStep => {
    const dependencies = new Map([...step.dependencies].filter(([name]) => changes.has(name)));
    return { kind: 'bring up service', step: { ...step, dependencies } };
  });
  return { steps: [...removed, ...broughtUp], problems };
}

function actionFor(
  { name, containerName, request, start, dependencies }: ServiceStep,
  containers: readonly ContainerSummary[],
  changes: ReadonlyMap<string, ServiceStep>,
): ContainerAction | undefined {
  const existing = containers.find(({ Names }) => Names.includes(`/${containerName}`));
  if (existing === undefined) return { kind: 'create' };
  const { Id: id, Labels, State } = existing;
  if (Labels?.[LABEL.REBUILD] !== 'false') {
    const replace = (reason: string): ContainerAction => ({ kind: 'replace', id, reason });
    // Its volumes and namespaces are those of the other one's container.
    const needed = [...dependencies].find(([other, { kind }]) => kind === 'needs' && changes.has(other));
    if (needed !== undefined) return replace(`it needs ${needed[0]}, which is new`);
    if (Labels?.[COMPOSE_LABEL.CONFIG_HASH] !== request.Labels?.[COMPOSE_LABEL.CONFIG_HASH]) {
      return replace('its definition has changed');
    }
  }
  const isMeantToRun = start === 'detached' && request.HostConfig?.RestartPolicy?.Name === 'always';
  return isMeantToRun && State !== 'running' && name !== '' ? { kind: 'keep', id } : undefined;
}
