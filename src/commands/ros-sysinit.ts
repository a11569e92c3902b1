/** `ros-sysinit`: brings up the services, once System Docker answers. System Docker starts it. */
import { readMachineConfig } from '../config/cache.ts';
import { osVersion } from '../config/machine.ts';
import { EngineClient } from '../engine/client.ts';
import { monotonicMilliseconds } from '../linux/clock.ts';
import { writeFile } from '../linux/file.ts';
import { O, open } from '../linux/file-descriptor.ts';
import { logToKernel } from '../linux/kernel-log.ts';
import { configureLog, log } from '../linux/log.ts';
import { isTerminal } from '../linux/terminal.ts';
import { SERVICE_TIMES } from '../services/boot-timeline.ts';
import { sysinit } from '../services/sysinit.ts';
import { configureFromMedia, configureFromNetwork, runBootCommands } from './user-data.ts';

const SYSTEM_DOCKER = 'unix:///var/run/system-docker.sock';
const STDERR = 2;

/** Returns 1 if a service failed. */
export async function rosSysinitCommand(): Promise<number> {
  // Mistakes in the configuration were told when process 1 read it.
  const early = (await readMachineConfig()).config;
  configureLog({ fd: logDescriptor(), prefix: 'paddock: ', debug: early.rancher?.debug ?? false });
  const userData = await configureFromMedia(early);
  await runBootCommands(userData.config);
  const client = EngineClient.at(SYSTEM_DOCKER);
  const { failures, times } = await sysinit(client, {
    config: userData.config,
    reload: async () => (await readMachineConfig()).config,
    report: log,
    newSha256: () => host.sha256(),
    now: monotonicMilliseconds,
  });
  writeFile(SERVICE_TIMES, JSON.stringify(times));
  const seconds = (monotonicMilliseconds() / 1000).toFixed(1);
  const outcome = failures === 0 ? '' : `; ${failures} of its services failed`;
  const line = `Paddock ${osVersion()} started, ${seconds} s after the kernel${outcome}`;
  log.info(line);
  logToKernel(`paddock: ${line}`);
  await configureFromNetwork(client, userData);
  return failures === 0 ? 0 : 1;
}

/** The console of the machine, unless somebody calls this at a terminal. */
function logDescriptor(): number {
  if (isTerminal(STDERR)) return STDERR;
  try {
    return open('/dev/console', O.WRONLY | O.NOCTTY);
  } catch {
    return STDERR;
  }
}
