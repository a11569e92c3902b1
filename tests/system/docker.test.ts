/** The stock docker client on the host drives System Docker in a machine. */
import { before, describe } from 'node:test';
import { busyboxArchive } from './busybox.ts';
import { errorTests } from './docker/errors.ts';
import { execTests } from './docker/exec.ts';
import { imageTests } from './docker/images.ts';
import { infoTests } from './docker/info.ts';
import { isolationTests } from './docker/isolation.ts';
import { lifecycleTests } from './docker/lifecycle.ts';
import { limitTests } from './docker/limits.ts';
import { restartTests } from './docker/restart.ts';
import { runTests } from './docker/run.ts';
import { streamTests } from './docker/streams.ts';
import { volumeTests } from './docker/volumes.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

describe('docker', () => {
  const vm = useVm();
  before(async () => {
    outputOf(await vm().docker(['load', '--quiet', '--input', await busyboxArchive()]));
  });
  describe('version, info and events', () => infoTests(vm));
  describe('images', () => imageTests(vm));
  describe('run', () => runTests(vm));
  describe('exec', () => execTests(vm));
  describe('logs and attach', () => streamTests(vm));
  describe('lifecycle', () => lifecycleTests(vm));
  describe('restart policies', () => restartTests(vm));
  describe('volumes', () => volumeTests(vm));
  describe('isolation', () => isolationTests(vm));
  describe('limits', () => limitTests(vm));
  describe('what cannot be done', () => errorTests(vm));
});
