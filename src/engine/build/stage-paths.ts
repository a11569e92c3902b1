/** Where the files of a stage are, on the disk and in the image. */
import { cleanPath } from '../../oci/config-change.ts';
import type { BuildRun, StageState } from './build-state.ts';

/** The directories of the layers so far, the uppermost first. */
export function layersOf({ engine }: BuildRun, { image }: StageState): string[] {
  return image === undefined ? [] : engine.images.layerDirectories(image).toReversed();
}

/** A path of the image, from the working directory if it does not begin with a slash. */
export function imagePath({ config }: StageState, path: string): string {
  const clean = cleanPath(path.startsWith('/') ? path : `${config.WorkingDir || '/'}/${path}`);
  return /(^|\/)\.?$/.test(path) && clean !== '/' ? `${clean}/` : clean;
}
