import { requestShutdown } from '../init/shutdown-request.ts';
import { errorMessage } from '../linux/error-report.ts';
import { readDirectory } from '../linux/file.ts';
import { close, O, open } from '../linux/file-descriptor.ts';
import { hasKey, KEY_POWER, pressedKeys } from '../linux/input.ts';
import { log } from '../linux/log.ts';
import { onSignal } from '../linux/signal.ts';
import { openStream } from '../linux/stream.ts';
import { watchDevices } from '../linux/uevent.ts';

const DIRECTORY = '/dev/input';

/** `acpid`: a press of the power button shuts the machine down in order. Runs until SIGTERM. */
export function acpidCommand(): Promise<number> {
  const watched = new Set<string>();
  const watchAll = () => {
    for (const name of inputDevices().filter((name) => !watched.has(name))) {
      watched.add(name);
      watchPowerButton(`${DIRECTORY}/${name}`)
        .catch((error: unknown) => log.warn(`${name}: ${errorMessage(error)}`))
        .finally(() => watched.delete(name));
    }
  };
  // Its driver may be loaded later than this begins.
  watchDevices(({ action, properties }) => {
    if (action === 'add' && properties['SUBSYSTEM'] === 'input') watchAll();
  }, watchAll);
  watchAll();
  return new Promise((resolve) => {
    onSignal('SIGTERM', () => resolve(0));
  });
}

function inputDevices(): string[] {
  try {
    return readDirectory(DIRECTORY).filter((name) => name.startsWith('event'));
  } catch {
    return []; // no input device at all
  }
}

/** Resolves when the device is gone, or at once if it has no power button. */
async function watchPowerButton(path: string): Promise<void> {
  const fd = open(path, O.RDONLY | O.NONBLOCK);
  if (!hasKey(fd, KEY_POWER)) {
    close(fd);
    return;
  }
  log.info(`${path} has a power button`);
  const stream = openStream(fd);
  for (let data = await stream.read(); data !== null; data = await stream.read()) {
    if (!pressedKeys(data).includes(KEY_POWER)) continue;
    log.info('power button pressed');
    await requestShutdown('poweroff').catch((error: unknown) => log.error(errorMessage(error)));
  }
  stream.close();
}
