import { parseCommands, Respawner } from '../init/respawn.ts';
import { readText } from '../linux/file.ts';
import { log } from '../linux/log.ts';
import { onSignal } from '../linux/signal.ts';

/** `respawn [-f FILE]`: keeps the commands of a file (or of standard input) running, until SIGTERM. */
export async function respawnCommand(args: string[]): Promise<number> {
  const [option, file] = args;
  if (args.length > 0 && (option !== '-f' || file === undefined || args.length > 2)) {
    log.error('usage: respawn [-f FILE]');
    return 2;
  }
  const respawner = new Respawner();
  const terminated = new Promise<void>((resolve) => {
    onSignal('SIGTERM', resolve);
  });
  for (const command of parseCommands(readText(file ?? '/proc/self/fd/0'))) respawner.keep(command);
  await terminated;
  await respawner.end();
  return 0;
}
