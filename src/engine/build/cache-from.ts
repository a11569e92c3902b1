/** `--cache-from`: images that were built elsewhere save the steps that their history has in common with this build. */
import type { ContainerConfig } from '../../oci/container-config.ts';
import { FormatError } from '../../oci/errors.ts';
import type { ImageConfig, ImageHistory } from '../../oci/image-config.ts';
import type { Image } from '../images/image.ts';
import { addImage } from '../images/new-image.ts';
import type { BuildRun, StageState } from './build-state.ts';

/**
 * The image of a step, out of one of the images that were named: that one itself, if it ends with this step, or else a new
 * one with the layer that it has for the step.
 * @param config after the step
 */
export async function stepOfOtherImages(
  run: BuildRun,
  { image: parent, author }: StageState,
  createdBy: string,
  config: ContainerConfig,
): Promise<Image | undefined> {
  const { images } = run.engine;
  for (const name of run.options.cacheSources) {
    const source = findSource(run, name);
    const step = source && nextStep(source.config, parent?.config);
    if (source === undefined || step?.created_by !== createdBy) continue;
    if (source.config.history?.at(-1) === step) return source;
    const index = parent?.layers.length ?? 0;
    const diffId = source.layers[index];
    const layer =
      step.empty_layer || diffId === undefined ? undefined : { diffId, size: source.layerSizes[index] ?? 0 };
    const buildStep = createdBy;
    return await addImage(images, {
      staging: run.staging,
      parent,
      layer,
      config,
      author,
      createdBy,
      buildStep,
    });
  }
  return undefined;
}

function findSource({ engine }: BuildRun, name: string): Image | undefined {
  try {
    return engine.images.find(name);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** What an image has in its history behind all that its would-be parent has; undefined if it does not begin like that. */
export function nextStep(image: ImageConfig, parent: ImageConfig | undefined): ImageHistory | undefined {
  const history = image.history ?? [];
  const before = parent?.history ?? [];
  const layers = image.rootfs.diff_ids ?? [];
  const isSame =
    (parent?.rootfs.diff_ids ?? []).every((diffId, index) => diffId === layers[index]) &&
    before.every(({ created_by }, index) => created_by === history[index]?.created_by);
  return isSame ? history[before.length] : undefined;
}
