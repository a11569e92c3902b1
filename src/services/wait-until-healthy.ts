/** Waits for what a container's health check says. */
import type { EngineClient } from '../engine/client.ts';

/**
 * Resolves with undefined when the container is healthy, or with the reason why it will not be.
 * A container without a health check is healthy when it runs.
 */
export async function waitUntilHealthy(
  client: Pick<EngineClient, 'events' | 'inspectContainer'>,
  id: string,
): Promise<string | undefined> {
  // Opened before the question, so that nothing happens between the two unseen.
  const filters = { container: [id], event: ['health_status', 'die'] };
  const events = await client.events({ filters });
  try {
    for (;;) {
      const { State } = await client.inspectContainer(id);
      const status = State.Health?.Status;
      if (status === 'unhealthy') return 'its health check fails';
      if (!State.Running && !State.Restarting) return `it exited with status ${State.ExitCode}`;
      if (status === undefined || status === 'none' || status === 'healthy') return undefined;
      if ((await events.read()) === null) return 'System Docker does not tell any more how it is';
    }
  } finally {
    events.close();
  }
}
