/** `docker commit`: what a container has changed becomes an image. */
import { exists } from '../../linux/file.ts';
import { O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { startWorker } from '../../linux/worker.ts';
import { applyChanges } from '../../oci/config-change.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import { mergeImageConfig } from '../../oci/merge-image-config.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import type { Image } from '../images/image.ts';
import { addImage } from '../images/new-image.ts';
import { makeLayer, type NewLayer } from '../images/new-layer.ts';
import { writeTreeTar } from '../images/tree-tar.ts';
import { workerResult } from '../worker-pipes.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { holdRoot } from './root-filesystem.ts';
import { pauseContainer, unpauseContainer } from './stop.ts';

export interface CommitOptions {
  /** Goes before the container's own. */
  readonly config: ContainerConfig;
  /** Instructions of a Dockerfile. */
  readonly changes: readonly string[];
  readonly author: string;
  readonly comment: string;
  /** Freeze a container that runs meanwhile. */
  readonly pause: boolean;
}

/** Throws EngineError 409 for a container that is on its way out, DockerfileError for a wrong change. */
export async function commitContainer(
  engine: Engine,
  container: Container,
  options: CommitOptions,
): Promise<Image> {
  const { status } = container.state;
  if (status === 'removing')
    throw conflict(`You cannot commit container ${container.id} which is being removed`);
  if (status === 'dead') throw conflict(`You cannot commit container ${container.id} which is Dead`);
  const { config, imageId } = container.record;
  const changed = mergeImageConfig(applyChanges(options.config, options.changes), config);
  const parent = engine.images.get(imageId);
  const unpin = engine.images.pinLayers(parent.layers);
  const staging = engine.images.scratch.create();
  try {
    const layer = await whilePaused(engine, container, options.pause, () =>
      layerOfContainer(engine, container, staging),
    );
    const { author, comment } = options;
    const createdBy = (config.Cmd ?? []).join(' ');
    const image = await addImage(engine.images, {
      staging,
      parent,
      layer,
      config: changed,
      author,
      comment,
      createdBy,
    });
    publishContainerEvent(engine, container, 'commit', { comment, imageID: image.id });
    return image;
  } finally {
    engine.images.scratch.discard(staging);
    unpin();
  }
}

/** Makes a layer in the staging directory of everything that a container has changed. */
export async function layerOfContainer(
  engine: Engine,
  container: Container,
  staging: string,
): Promise<NewLayer | undefined> {
  const upper = `${engine.containers.directory(container.id)}/upper`;
  if (!exists(upper)) return undefined;
  const release = holdRoot(engine, container);
  try {
    const directory = open(upper, O.RDONLY | oDirectory());
    const worker = startWorker<never, NewLayer>({ name: 'docker-commit', descriptors: [directory] }, () =>
      makeLayer(staging, (write) => writeTreeTar(directory, write)),
    );
    return await workerResult(worker);
  } finally {
    release();
  }
}

async function whilePaused<Value>(
  engine: Engine,
  container: Container,
  isWanted: boolean,
  step: () => Promise<Value>,
): Promise<Value> {
  if (!isWanted || container.state.status !== 'running') return await step();
  await pauseContainer(engine, container);
  try {
    return await step();
  } finally {
    // It may have been killed or removed in the meantime.
    const { state } = container;
    if (state.status === 'paused') await unpauseContainer(engine, container);
  }
}
