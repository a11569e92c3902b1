/** Whether the drivers of the devices that are there at boot have been loaded. The console comes before them. */
import { sleep } from '../linux/event-loop.ts';
import { exists, writeFile } from '../linux/file.ts';
import { SERVICE_TIMES } from '../services/boot-timeline.ts';

const MARK = '/run/paddock-drivers-loaded';

/** How long somebody waits for that, and the pause between two looks, in milliseconds. */
const PATIENCE = 60_000;
const PAUSE = 50;

/** Notes that they are. */
export function tellDriversLoaded(): void {
  writeFile(MARK, '');
}

/** Whether they are, or whether nobody is going to: then all services have been started. */
export function areDriversLoaded(): boolean {
  return [MARK, SERVICE_TIMES].some(exists);
}

/** Resolves when they are, or after a minute. */
export async function untilDriversLoaded(): Promise<void> {
  for (let waited = 0; waited < PATIENCE && !areDriversLoaded(); waited += PAUSE) await sleep(PAUSE);
}
