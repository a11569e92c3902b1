import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { Machine } from './start.ts';

/** How long one question may take before it is asked again, in milliseconds. */
const patience = 2000;

const pause = 200;

/** What stands above the question for a login name, and above the shell where nobody is asked. */
const consoleIsUp = /^Paddock \S+, \S+ tty\S+/m;

/** What stands on the console when all services are there. */
const servicesAreUp = /paddock: Paddock \S+ started/;

/**
 * Waits until the machine can be used: System Docker answers, if it listens on TCP, and so does the ssh server; or, where
 * that is not to be reached, the console is up and so are the services behind it.
 * @throws when QEMU ends before that, or after that many seconds
 */
export async function untilReady(machine: Machine, systemDocker: boolean, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let ended: { readonly problem: string | undefined } | undefined;
  void machine.ended.then((problem) => {
    ended = { problem };
  });
  const open = new Map<string, () => Promise<boolean>>([
    ['the console is not up', () => consoleAnswers(machine)],
  ]);
  if (systemDocker) open.set('System Docker does not answer', () => pingAnswers(machine.systemDockerPort));
  while (open.size > 0) {
    for (const [complaint, isDone] of open) if (await isDone()) open.delete(complaint);
    if (ended) throw new Error(ended.problem ?? 'the machine switched itself off');
    if (open.size > 0 && Date.now() > deadline)
      throw new Error(`after ${seconds} s ${[...open.keys()].join(' and ')}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Whether a Docker daemon answers `/_ping` on a port of 127.0.0.1, within a time in milliseconds. */
export async function pingAnswers(port: number, timeout = patience): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/_ping', timeout }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** The console container has an SSH server, whose greeting tells that the network is up as well. */
async function consoleAnswers(machine: Machine): Promise<boolean> {
  if (await sshGreets(machine.ssh.port)) return true;
  const log = await readFile(machine.consoleLog, 'latin1');
  return consoleIsUp.test(log) && servicesAreUp.test(log);
}

async function sshGreets(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(patience, () => answer(false));
    socket.on('data', (greeting) => answer(greeting.toString('latin1').startsWith('SSH-')));
    socket.on('error', () => answer(false));
    socket.on('end', () => answer(false));
  });
}
