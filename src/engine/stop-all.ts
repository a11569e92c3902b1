/** Stopping all containers at once, when the engine itself ends. */
import { errorMessage } from '../linux/error-report.ts';
import { log } from '../linux/log.ts';
import { parseSignal, signalNumber } from '../linux/signal.ts';
import { endProcess } from './containers/end-process.ts';
import type { Engine } from './engine.ts';

/** Ends every container by its stop signal, and by SIGKILL after its timeout. Policies do not restart them. */
export async function stopAllContainers(engine: Engine): Promise<void> {
  const running = engine.containers.all().filter((container) => container.isRunning);
  await Promise.all(
    running.map(async (container) => {
      const signal = parseSignal(container.record.config.StopSignal || 'TERM') ?? signalNumber('SIGTERM');
      await endProcess(engine, container, signal).catch((error) => {
        log.error(`container ${container.record.name} was not stopped: ${errorMessage(error)}`);
      });
    }),
  );
}
