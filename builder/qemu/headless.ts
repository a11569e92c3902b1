import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../cache.ts';
import { note } from '../progress.ts';
import type { RunOptions } from './options.ts';
import { untilReady } from './readiness.ts';
import { type Artifacts, type Machine, startMachine } from './start.ts';

/** A machine under translation on a busy host takes tens of seconds. */
const bootSeconds = 180;

/**
 * Boots without a terminal, prints how to reach the machine as one line of JSON on standard output once it is up,
 * and stays until this process is told to end or the machine is off.
 */
export async function runHeadless(artifacts: Artifacts, options: RunOptions): Promise<void> {
  const consoleLog = await newLogFile();
  const machine = await startMachine(artifacts, { ...options, console: 'socket', consoleLog });
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve('stopped'));
  });
  try {
    note(`Booting; the console goes to ${machine.consoleLog}`);
    const hasKernelWords = options.boot === 'kernel';
    const ready = untilReady(machine, hasKernelWords, bootSeconds).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await endOfLog(machine)}`);
    });
    if ((await Promise.race([ready, stopped])) === 'stopped') return;
    process.stdout.write(`${JSON.stringify(endpoints(machine, hasKernelWords))}\n`);
    const problem = await Promise.race([machine.ended, stopped]);
    if (problem !== undefined && problem !== 'stopped') throw new Error(problem);
  } finally {
    await machine.stop();
  }
}

/** A log that outlives the machine, so that one can see afterwards why it went down. */
async function newLogFile(): Promise<string> {
  const directory = join(repository, 'out/console');
  await mkdir(directory, { recursive: true });
  return join(directory, `${process.pid}.log`);
}

/** The contract of `./run --headless`; `docker` is User Docker, which does not exist yet. */
function endpoints(machine: Machine, hasKernelWords: boolean) {
  return {
    pid: process.pid,
    console: machine.consoleLog,
    ssh: machine.ssh,
    systemDocker: hasKernelWords ? `tcp://127.0.0.1:${machine.systemDockerPort}` : null,
    docker: null,
  };
}

async function endOfLog(machine: Machine): Promise<string> {
  const lines = (await readFile(machine.consoleLog, 'latin1')).split('\n');
  return ['the end of the console log:', ...lines.slice(-40)].join('\n');
}
