/** What a run of a container has outside its own directory: control group, mounts, the runtime's state. */
import type { Engine } from '../engine.ts';
import { leaveNetworks } from '../networks/join.ts';
import { ContainerCgroup } from '../runtime/container-cgroup.ts';
import type { Container } from './container.ts';
import { unmountVolumes } from './mounts.ts';
import { releaseSharedMemory } from './namespaces.ts';
import { unmountRoot } from './root-filesystem.ts';

/** The control group of a container. */
export function cgroupOf(engine: Engine, container: Container): ContainerCgroup {
  const parent = container.record.hostConfig.CgroupParent || engine.options.cgroupParent;
  return new ContainerCgroup(`${parent.startsWith('/') ? '' : '/'}${parent}/${container.id}`);
}

/** What a run has made outside its own directory. Does nothing where there is nothing. */
export async function releaseRun(engine: Engine, container: Container): Promise<void> {
  await cgroupOf(engine, container).destroy();
  engine.runtime.forget(container.id);
  releaseSharedMemory(engine, container);
  unmountRoot(engine, container);
  unmountVolumes(engine, container);
  leaveNetworks(engine, container);
  container.process = undefined;
}
