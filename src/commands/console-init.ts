import { runConsole } from '../init/console/console-init.ts';

/** `ros console-init`: the first process of the console. */
export function consoleInitCommand(): Promise<number> {
  return runConsole();
}
