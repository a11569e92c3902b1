/** What the kernel alone takes: the same machine, in which process 1 is a shell and nothing else. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fetchPackages } from '../builder/debian/packages.ts';
import { run } from '../builder/exec.ts';
import { type Artifacts, startMachine } from '../builder/qemu/start.ts';
import { writeCpio } from '../builder/tree/cpio.ts';
import { file, put, type Tree } from '../builder/tree/tree.ts';
import { machineSize } from './measure.ts';

const MARK = 'bare shell';
/** The level of a warning, which the kernel words of the OS let through to the console. */
const INIT = `#!/busybox sh
echo '<4>${MARK}' >/kmsg
read -r forever </console
`;

const patience = 120_000;
const pause = 200;

/**
 * Boots the kernel with busybox's shell as process 1, which prints a mark.
 * @returns seconds from the start of the kernel to the mark
 * @throws when the mark does not come
 */
export async function bootBareShell(artifacts: Artifacts): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'paddock-shell-'));
  try {
    const initrd = join(directory, 'initrd');
    await writeFile(initrd, writeCpio(await bareTree(directory)));
    const machine = await startMachine(
      { kernel: artifacts.kernel, initrd },
      { ...machineSize, boot: 'kernel', uefi: false, append: '', forwards: [], console: 'socket' },
    );
    try {
      return await timeOfMark(machine.consoleLog);
    } finally {
      await machine.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function bareTree(scratch: string): Promise<Tree> {
  const [busybox] = await fetchPackages(['busybox-static']);
  if (busybox === undefined) throw new Error('no package busybox-static');
  await run('dpkg-deb', ['-x', busybox.file, scratch]);
  const tree: Tree = new Map();
  put(tree, 'busybox', file(await readFile(join(scratch, 'usr/bin/busybox')), 0o755));
  put(tree, 'init', file(INIT, 0o755));
  const device = { type: 'character device', mode: 0o600, uid: 0, gid: 0 } as const;
  put(tree, 'console', { ...device, major: 5, minor: 1 });
  put(tree, 'kmsg', { ...device, major: 1, minor: 11 });
  return tree;
}

/** The console shows the kernel's messages with its times. */
async function timeOfMark(consoleLog: string): Promise<number> {
  const mark = new RegExp(`^\\[\\s*(\\d+\\.\\d+)\\] ${MARK}\\s*$`, 'm');
  for (let waited = 0; waited < patience; waited += pause) {
    const time = mark.exec(await readFile(consoleLog, 'latin1'))?.[1];
    if (time !== undefined) return Number(time);
    await setTimeout(pause);
  }
  throw new Error(`a shell alone has not started within ${patience / 1000} s`);
}
