import { PowerUsageError, parsePowerArguments, powerUsage } from '../init/power-arguments.ts';
import { requestShutdown } from '../init/shutdown-request.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { writeAll } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { rebootMachine, syncDisks } from '../linux/reboot.ts';
import { call } from '../linux/syscall.ts';

/** `reboot`, `poweroff`, `halt`, `shutdown`: stop the containers in order, then the machine. */
export function powerCommand(command: string): (args: string[]) => Promise<number> {
  return async (args) => {
    try {
      return await power(command, args);
    } catch (error) {
      if (!(error instanceof PowerUsageError)) throw error;
      log.error(error.message);
      return 2;
    }
  };
}

async function power(command: string, args: readonly string[]): Promise<number> {
  const request = parsePowerArguments(command, args);
  if (request === 'help') {
    writeAll(1, encodeUtf8(powerUsage(command)));
    return 0;
  }
  if (call('geteuid') !== 0) {
    log.error(`${command}: only root may do that`);
    return 1;
  }
  if (request.force) {
    syncDisks();
    rebootMachine(request.action);
    return 0;
  }
  try {
    await requestShutdown(request.action);
    return 0;
  } catch (error) {
    log.error(
      `${command}: System Docker cannot be asked: ${errorMessage(error)}; ${command} -f does it at once`,
    );
    return 1;
  }
}
