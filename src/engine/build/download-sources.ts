/** ADD of URLs: what they lead to is downloaded before the sources are hashed. */
import { makeDirectories } from '../../linux/file.ts';
import { O, open } from '../../linux/file-descriptor.ts';
import { setModificationTime } from '../../linux/file-times.ts';
import { DockerfileError } from '../../oci/dockerfile-error.ts';
import { startDownload } from '../../registry/download.ts';
import { parseUrl } from '../../registry/url.ts';
import type { BuildRun } from './build-state.ts';

/** Of files that come from a URL: as in Docker, for their owner only. */
const FILE_MODE = 0o600;

/** Whether an address is that of a repository, which only git can fetch. */
export function isRepository(address: string): boolean {
  return /^(?:git|ssh):\/\/|^git@|^github\.com\/|^https?:\/\/\S+\.git(?:#.*)?$/.test(address);
}

/** Whether a source of ADD is a URL. Throws DockerfileError for a repository, which is not fetched. */
export function isUrl(source: string): boolean {
  if (isRepository(source) || source.startsWith('ftp://')) {
    throw new DockerfileError(
      `ADD failed: fetching ${source} is not supported: put the files into the context`,
    );
  }
  return /^https?:\/\//.test(source);
}

/**
 * Downloads a URL into a directory.
 * @param target of the instruction, by which the file is called if the URL gives it no name
 * @returns the name of the file
 */
export async function downloadSource(
  run: BuildRun,
  address: string,
  target: string,
  directory: string,
): Promise<string> {
  const url = parseUrl(address);
  const name = fileName(url.target.replace(/\?.*/, ''));
  if (name === '' && target.endsWith('/')) {
    throw new DockerfileError(`ADD failed: cannot determine filename from url: ${address}`);
  }
  makeDirectories(directory);
  const path = `${directory}/${name || 'download'}`;
  const worker = startDownload(url, open(path, O.WRONLY | O.CREAT | O.EXCL, FILE_MODE));
  try {
    const { modified = 0 } = await run.cancellation.during(
      () => worker.kill(),
      () => worker.result,
    );
    setModificationTime(path, { seconds: modified, nanoseconds: 0 });
  } catch (error) {
    run.cancellation.check();
    throw new DockerfileError(`ADD failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  return name || 'download';
}

function fileName(path: string): string {
  const name = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
  return name.includes('/') || name === '.' || name === '..' ? '' : name;
}
