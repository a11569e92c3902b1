import { buildImageArchive } from '../../builder/artifacts.ts';

/** The name under which the test image is loaded. */
export const busybox = 'busybox:latest';

/** Path of the archive with the busybox image that the build makes, for `docker load`. */
export async function busyboxArchive(): Promise<string> {
  return await buildImageArchive('busybox');
}
