/** `POST /build` */
import type { HttpRequest } from '../../http/request.ts';
import type { RouteContext } from '../../http/router.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { shortId } from '../../oci/reference.ts';
import { buildImage } from '../build/build.ts';
import { type BuildOptions, parseBuildOptions } from '../build/build-options.ts';
import { BuildOutput } from '../build/build-output.ts';
import { Cancellation, StepError } from '../build/build-state.ts';
import { type BuildContext, receiveContext } from '../build/context.ts';
import { fetchContext } from '../build/remote-context.ts';
import type { Engine } from '../engine.ts';
import { publishImageEvent } from './image-events.ts';
import { buildCredentials } from './registry-auth.ts';

/** Receives the context, or fetches it while the client waits. */
function contextOf(
  request: HttpRequest,
  { dockerfile, remote }: BuildOptions,
  directory: string,
): Promise<BuildContext> {
  if (remote === '') return receiveContext(directory, dockerfile, () => request.read());
  return fetchContext(remote, directory, dockerfile, (cancel) => request.onDisconnect(cancel));
}

/** Receives the context, builds, and tells how it goes. An error before the first step has a status of its own. */
export async function serveBuild(engine: Engine, { query, request, response }: RouteContext): Promise<void> {
  const options = parseBuildOptions(query);
  const credentialsFor = buildCredentials(request);
  const { scratch } = engine.images;
  const directory = scratch.create();
  const cancellation = new Cancellation();
  const output = new BuildOutput(response, options.isQuiet, () => cancellation.cancel());
  const hold = engine.images.holds.begin();
  try {
    const context = await contextOf(request, options, `${directory}/context`);
    request.onDisconnect(() => cancellation.cancel());
    const image = await buildImage({ engine, options, context, output, cancellation, hold, credentialsFor });
    await output.result(image.id);
    await output.text(`Successfully built ${shortId(image.id)}\n`);
    for (const name of options.tags) {
      engine.images.setName(name, image.id);
      publishImageEvent(engine, image, 'tag', name);
      await output.text(`Successfully tagged ${name}\n`);
    }
  } catch (error) {
    if (!output.isStarted && !(error instanceof StepError)) throw error;
    await output.fail(errorMessage(error), error instanceof StepError ? error.code : undefined);
  } finally {
    hold.release();
    scratch.discard(directory);
  }
}
