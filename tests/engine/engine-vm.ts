import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDiskIfMissing } from '../../builder/qemu/disk.ts';
import { stateWords } from '../../builder/qemu/kernel-words.ts';
import { freePort } from '../../builder/qemu/ports.ts';
import { COMPOSE_LABEL, PROJECT } from '../../src/services/labels.ts';
import { outputOf } from '../system/process.ts';
import { startVm, type Vm } from '../system/vm.ts';
import { guestShellPort, runInGuest, startGuestShell } from './guest-shell.ts';
import { guestTools } from './guest-tools.ts';

/** How the tests of the engine reach a virtual machine, which may be another process's. */
export interface VmAccess {
  readonly systemDockerPort: number;
  /** For `runInGuest`. */
  readonly shellPort: number;
}

export interface EngineVm {
  readonly vm: Vm;
  readonly access: VmAccess;
  stop(): Promise<void>;
}

/** In MiB. Half of it is what the filesystems in memory may have, among them the store. */
const memory = 2048;

/**
 * Boots the OS for tests of the engine.
 * @param append kernel words
 * @param hasDisk it keeps its state on a disk of its own
 */
export async function startEngineVm(append = '', hasDisk = false): Promise<EngineVm> {
  const shellPort = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'paddock-engine-vm-'));
  const disk = join(directory, 'disk.img');
  if (hasDisk) await makeDiskIfMissing(disk, 2048);
  const vm = await startVm({
    memory,
    media: [await guestTools()],
    forwards: [{ host: shellPort, guest: guestShellPort }],
    append: hasDisk ? `${append} ${stateWords}` : append,
    ...(hasDisk ? { disk } : {}),
  });
  await bareVm(vm, shellPort);
  const { systemDockerPort } = vm.machine;
  return {
    vm,
    access: { systemDockerPort, shellPort },
    stop: async () => {
      await vm.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Takes the services of the OS out of a machine that has booted, by the API as anybody may, so that tests find it as empty as
 * one of namespaces: they list and prune what there is. Addresses, hosts file and the like stay.
 * @param shellPort of 127.0.0.1, which leads to the guest's
 */
export async function bareVm(vm: Vm, shellPort: number): Promise<void> {
  await startGuestShell(vm);
  const ofTheOs = `label=${COMPOSE_LABEL.PROJECT}=${PROJECT}`;
  const script = `
    while pidof ros-sysinit >/dev/null; do sleep 0.2; done
    system-docker rm --force $(system-docker ps --all --quiet --filter ${ofTheOs})`;
  outputOf(await runInGuest(shellPort, script, { seconds: 120 }));
}
