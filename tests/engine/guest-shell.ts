import { connect } from 'node:net';
import { osVersion } from '../../builder/versions.ts';
import type { ExecuteOptions, Outcome } from '../system/process.ts';
import { outputOf } from '../system/process.ts';
import type { Vm } from '../system/vm.ts';
import { toolsDirectory } from './guest-tools.ts';

/** The port of the guest that `startGuestShell` has answered. */
export const guestShellPort = 2376;

/**
 * Mounts the tools in a machine that has their medium, and lets it answer `runInGuest`: by a process that belongs to no
 * container, so that it stays when all of them are removed. Nothing else would run what tests want to run there.
 */
export async function startGuestShell(vm: Vm): Promise<void> {
  const script = `
    echo 0 >/sys/fs/cgroup/cgroup.procs
    mkdir -p ${toolsDirectory}
    for disk in /dev/vd?; do mount -t squashfs -o ro $disk ${toolsDirectory} 2>/dev/null && break; done
    setsid nc -ll -p ${guestShellPort} -e ${toolsDirectory}/shell </dev/null >/dev/null 2>&1 &`;
  const asMachine = ['--privileged', '--pid=host', '--network=host', '--cgroupns=host', '--userns=host'];
  const enter = ['nsenter', '-t', '1', '-m', '-u', '-i', '-n', '-p', 'sh', '-c', script];
  outputOf(await vm.docker(['run', '--rm', ...asMachine, `paddock/os-base:${osVersion}`, ...enter]));
}

/** The words that run a shell script like `runInGuest`, with this machine's input and output. */
export function guestProgram(port: number, script: string): [program: string, ...args: string[]] {
  const client = `
    const socket = require('node:net').connect(${port}, '127.0.0.1');
    socket.write(${JSON.stringify(`stream ${Buffer.byteLength(script)}\n${script}`)});
    process.stdin.pipe(socket).pipe(process.stdout);
    socket.on('close', () => process.exit());`;
  return [process.execPath, '-e', client];
}

/**
 * Runs a shell script as root in the namespaces of process 1.
 * @param port of 127.0.0.1 that leads to `guestShellPort`
 * @throws when it takes too long or the machine goes
 */
export async function runInGuest(
  port: number,
  script: string,
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const { seconds = 60 } = options;
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    const late = setTimeout(() => {
      socket.destroy(new Error(`not done after ${seconds} s: ${script}`));
    }, seconds * 1000);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(Buffer.concat(parts));
    });
    socket.write(`whole ${Buffer.byteLength(script)}\n${script}`);
  });
  const [line = ''] = bytes.toString('latin1').split('\n', 1);
  const [status, out, err] = line.split(' ').map(Number);
  if (status === undefined || out === undefined || err === undefined || Number.isNaN(err))
    throw new Error(`the machine does not say what came of: ${script}`);
  const begin = line.length + 1;
  return {
    status,
    stdout: bytes.subarray(begin, begin + out).toString(),
    stderr: bytes.subarray(begin + out, begin + out + err).toString(),
  };
}
