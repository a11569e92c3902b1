/** Stops all containers in the order of a plan. */
import type { EngineClient } from '../engine/client.ts';
import { errorMessage } from '../linux/error-report.ts';
import type { Stop } from './stop-plan.ts';

export interface ShutDownOptions {
  /** Seconds that a container has after its stop signal before it is killed. */
  readonly stopTimeout: number;
  /** Seconds after which the rest is given up. */
  readonly totalTimeout: number;
  /** Seconds of a clock that never jumps. */
  readonly now: () => number;
  readonly report: (line: string) => void;
}

/** Stops wave after wave. A container that cannot be stopped is reported and left behind; nothing is thrown. */
export async function shutDown(
  client: Pick<EngineClient, 'stopContainer'>,
  waves: readonly (readonly Stop[])[],
  { stopTimeout, totalTimeout, now, report }: ShutDownOptions,
): Promise<void> {
  const deadline = now() + totalTimeout;
  const stop = async ({ id, name }: Stop) => {
    const t = Math.max(0, Math.min(stopTimeout, Math.floor(deadline - now())));
    try {
      await client.stopContainer(id, { t, 'with-machine': true });
      report(`stopped ${name}`);
    } catch (error) {
      report(`${name} cannot be stopped: ${errorMessage(error)}`);
    }
  };
  for (const wave of waves) {
    await Promise.all(wave.map(stop));
  }
}
