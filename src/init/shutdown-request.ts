/** Asking process 1 to shut the machine down: an endpoint of System Docker beside those of Docker. */
import { connectorFor, request } from '../engine/client-connection.ts';
import { invalidParameter } from '../engine/errors.ts';
import { queryValue } from '../http/query.ts';
import type { Route } from '../http/router.ts';
import { isRebootAction, type RebootAction } from '../linux/reboot.ts';
import { SYSTEM_DOCKER_SOCKET } from './boot-settings.ts';
import { startShutdown } from './start-shutdown.ts';

const PATH = '/paddock/shutdown';

/** Asks System Docker to stop all containers in order and then the machine; returns once it has begun. */
export async function requestShutdown(action: RebootAction): Promise<void> {
  const query = { action };
  const answer = await request(connectorFor(SYSTEM_DOCKER_SOCKET), { method: 'POST', path: PATH, query });
  answer.close();
}

/** The other end, for System Docker as process 1. A second request joins the first: 204 as well. */
export const shutdownRoute: Route = {
  method: 'POST',
  template: PATH,
  handler: async ({ query, response }) => {
    const action = queryValue(query, 'action') ?? '';
    if (!isRebootAction(action))
      throw invalidParameter(`invalid action "${action}": reboot, poweroff or halt`);
    startShutdown(action);
    response.status = 204;
    await response.end();
  },
};
