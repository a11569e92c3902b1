/** The image that a stage begins with, or that files are copied from. */
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { isFullId, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { Image } from '../images/image.ts';
import { pullError } from '../images/pull-error.ts';
import type { BuildRun } from './build-state.ts';

/**
 * Finds an image by name or id, and pulls it if it is not there, is to be renewed, or is for another platform.
 * @param platform such as `linux/amd64`; empty for this machine's
 * @throws EngineError as pulling does
 */
export async function baseImage(run: BuildRun, name: string, platform: string): Promise<Image> {
  const image = await findOrPull(run, name, platform);
  run.hold.add(image.id);
  return image;
}

async function findOrPull(run: BuildRun, name: string, platform: string): Promise<Image> {
  const { engine, options, output } = run;
  const machine = hostPlatform(host.architecture);
  const wanted = platform === '' ? machine : parsePlatform(platform, machine);
  const present = engine.images.find(name);
  const fits = present?.config.architecture === wanted.architecture || platform === '';
  if (present !== undefined && fits && (!options.pulls || isFullId(name) || present.isSystem)) return present;
  const reference = withDefaultTag(parseReference(name));
  const ticket = engine.pulls.pull({
    reference,
    platform: wanted,
    credentials: run.credentialsFor(reference),
    settings: engine.options.registries,
    report: (line) => void output.line(line),
  });
  try {
    const { id } = await run.cancellation.during(
      () => ticket.leave(),
      () => ticket.done,
    );
    return engine.images.get(id);
  } catch (error) {
    throw pullError(error, reference);
  }
}
