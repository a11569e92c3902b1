import { EngineClient } from '../engine/client.ts';
import { monotonicMilliseconds } from '../linux/clock.ts';
import { sleep } from '../linux/event-loop.ts';
import { log } from '../linux/log.ts';

const USER_DOCKER = 'unix:///var/run/docker.sock';
/** How long, and between two attempts, in milliseconds. */
const PATIENCE = 300_000;
const PAUSE = 500;

/** `wait-for-docker`: returns 0 as soon as User Docker answers, and 1 if it does not within five minutes. */
export async function waitForDockerCommand(args: string[]): Promise<number> {
  if (args.length > 0) {
    log.error('usage: wait-for-docker');
    return 2;
  }
  const client = EngineClient.at(USER_DOCKER);
  for (
    const deadline = monotonicMilliseconds() + PATIENCE;
    monotonicMilliseconds() < deadline;
    await sleep(PAUSE)
  ) {
    try {
      await client.ping();
      return 0;
    } catch {
      // not yet
    }
  }
  log.error(`no engine answers at ${USER_DOCKER}`);
  return 1;
}
