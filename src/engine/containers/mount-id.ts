/**
 * `image/overlay2/layerdb/mounts/<container id>/mount-id` below the engine's directory: where Docker's overlay2 driver
 * notes which layer is a container's own. cAdvisor leaves out containers without it.
 */
import { makeDirectories, readDirectory, removeTree, writeFile } from '../../linux/file.ts';
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** Notes it for a new container, whose layer is called by the container's id. */
export function writeMountId(engine: Engine, { id }: Container): void {
  const directory = `${mountsOf(engine)}/${id}`;
  makeDirectories(directory, 0o700);
  writeFile(`${directory}/mount-id`, id);
}

/** Forgets it, when the container is removed. */
export function removeMountId(engine: Engine, { id }: Container): void {
  removeTree(`${mountsOf(engine)}/${id}`);
}

/** For the start: forgets containers that are gone. */
export function sweepMountIds(engine: Engine): void {
  const directory = mountsOf(engine);
  makeDirectories(directory, 0o700);
  for (const id of readDirectory(directory)) {
    if (engine.containers.find(id) === undefined) removeTree(`${directory}/${id}`);
  }
}

function mountsOf({ options }: Engine): string {
  return `${options.root}/image/overlay2/layerdb/mounts`;
}
