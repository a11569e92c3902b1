import { errorMessage } from '../linux/error-report.ts';
import { directoryOf, makeDirectories } from '../linux/file.ts';
import { O, open } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { execute } from '../linux/process.ts';
import { call } from '../linux/syscall.ts';
import { type BootSettings, SYSTEM_DOCKER_LOG } from './boot-settings.ts';

const EXECUTABLE = '/usr/bin/system-docker';
/** The read-only store with the images of the system services. */
const SYSTEM_IMAGES = '/usr/share/paddock';
const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'];

/** Replaces this process by System Docker, which keeps its process number and its name in `ps`. */
export function executeSystemDocker(settings: BootSettings): never {
  redirectStreams(settings);
  return execute(EXECUTABLE, systemDockerArguments(settings), systemDockerEnvironment(settings));
}

export function systemDockerEnvironment({ systemDockerVariables }: BootSettings): string[] {
  return [...ENVIRONMENT, ...[...systemDockerVariables].map(([name, value]) => `${name}=${value}`)];
}

/** What System Docker is told by its arguments. */
export function systemDockerArguments({
  systemDockerHosts,
  systemDockerLogOptions,
  insecureRegistries,
  registryMirror,
  systemDockerBridge,
  systemDockerBip,
  systemDockerRemapsUsers,
  systemDockerExtraArguments,
}: BootSettings): string[] {
  return [
    'system-docker',
    'daemon',
    ...systemDockerHosts.flatMap((host) => ['--host', host]),
    ...[...systemDockerLogOptions].flatMap(([key, value]) => ['--log-opt', `${key}=${value}`]),
    ...insecureRegistries.flatMap((registry) => ['--insecure-registry', registry]),
    ...(registryMirror === undefined ? [] : ['--registry-mirror', registryMirror]),
    ...(systemDockerBridge === undefined ? [] : ['--bridge', systemDockerBridge]),
    ...(systemDockerBip === undefined ? [] : ['--bip', systemDockerBip]),
    ...(systemDockerRemapsUsers ? ['--userns-remap', 'default'] : []),
    ...systemDockerExtraArguments.flatMap((word) => ['--extra-arg', word]),
    ...['--system-images', SYSTEM_IMAGES, '--machine'],
  ];
}

/** If the file cannot be written it is the usual one: without any, nobody would learn why. */
function openLog(path: string): number {
  try {
    makeDirectories(directoryOf(path));
    return open(path, O.WRONLY | O.CREAT | O.APPEND);
  } catch (error) {
    if (path === SYSTEM_DOCKER_LOG) throw error;
    log.warn(`rancher.defaults.system_docker_logs: ${errorMessage(error)}; it is ${SYSTEM_DOCKER_LOG}`);
    return openLog(SYSTEM_DOCKER_LOG);
  }
}

/** The console is for people, unless they want to see what System Docker says. */
function redirectStreams({ debug, systemDockerLog }: BootSettings): void {
  call('dup3', open('/dev/null', O.RDONLY), 0, 0);
  if (debug) return;
  const file = openLog(systemDockerLog);
  for (const fd of [1, 2]) call('dup3', file, fd, 0);
}
