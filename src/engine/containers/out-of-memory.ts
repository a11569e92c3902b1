/** Containers whose processes the kernel ends for lack of memory: the flag in inspect, and the event. */
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { cgroupOf } from './release.ts';

/** Watches the memory of a container that runs, until its group is gone. */
export function watchMemory(engine: Engine, container: Container): void {
  const path = cgroupOf(engine, container).file('memory.events');
  if (path === undefined) return;
  engine.fileChanges.onChange(path, () => noteOutOfMemory(engine, container));
}

/** Records that a process was ended for lack of memory, if one was since the last time. */
export function noteOutOfMemory(engine: Engine, container: Container): void {
  const kills = cgroupOf(engine, container).outOfMemoryKills();
  if (kills <= container.outOfMemoryKills) return;
  container.outOfMemoryKills = kills;
  container.state.oomKilled = true;
  publishContainerEvent(engine, container, 'oom');
}
