import { connectorFor, request } from '../engine/client-connection.ts';
import type { RebootAction } from '../linux/reboot.ts';
import { SYSTEM_DOCKER_SOCKET } from './boot-settings.ts';

/** System Docker's own endpoint beside those of Docker. */
export const SHUTDOWN_PATH = '/paddock/shutdown';

/** Asks System Docker to stop all containers in order and then the machine; returns once it has begun. */
export async function requestShutdown(action: RebootAction): Promise<void> {
  const query = { action };
  const answer = await request(connectorFor(SYSTEM_DOCKER_SOCKET), {
    method: 'POST',
    path: SHUTDOWN_PATH,
    query,
  });
  answer.close();
}
