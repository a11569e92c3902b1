/** A request's HostConfig with Docker's defaults filled in and checked. */
import { cpuCount } from '../../linux/cpu.ts';
import { readTextIfExists } from '../../linux/file.ts';
import type { HostConfig } from '../../oci/container-config.ts';
import { withHostConfigDefaults } from '../../oci/host-config-defaults.ts';
import { joinedContainer, namespaceOwners } from '../../oci/namespaces.ts';
import { checkResources } from '../../oci/resources.ts';
import type { Engine } from '../engine.ts';
import { EngineError, invalidParameter } from '../errors.ts';
import { isLogDriver, parseLogOptions } from '../logs/log-driver.ts';
import { checkUserNamespace } from '../user-namespaces/container-user-namespace.ts';
import { checkRestartPolicy } from './restart-policy.ts';

const MAXIMUM_PATH = 2048;
const MAXIMUM_NAME = 255;

/** Throws EngineError or FormatError for a request that cannot be carried out. */
export function completeHostConfig(
  engine: Engine,
  request: HostConfig,
): { hostConfig: HostConfig; warnings: string[] } {
  const hostConfig: HostConfig = withHostConfigDefaults({
    ...request,
    NetworkMode: networkMode(engine, request.NetworkMode),
    LogConfig: logConfig(engine, request.LogConfig),
  });
  namespaceOwners(hostConfig);
  checkUserNamespace(engine, hostConfig);
  const { Isolation } = hostConfig;
  if (Isolation && Isolation !== 'default') {
    throw invalidParameter(`invalid isolation "${Isolation}" - linux only supports 'default'`);
  }
  checkCgroupParent(hostConfig.CgroupParent ?? '');
  checkRestartPolicy(hostConfig);
  if (hostConfig.DeviceRequests?.length) {
    throw invalidParameter('could not select device driver: this engine has none for --gpus');
  }
  return { hostConfig, warnings: checkLimits(request) };
}

/** A control group is named by its path below their root. */
function checkCgroupParent(path: string): void {
  const names = path.split('/');
  if (
    path.length > MAXIMUM_PATH ||
    names.includes('..') ||
    names.some((name) => name.length > MAXIMUM_NAME)
  ) {
    throw invalidParameter(`invalid cgroup parent: ${JSON.stringify(path.slice(0, MAXIMUM_NAME))}`);
  }
}

/** Checks limits against what the machine has. Returns warnings; throws FormatError. */
export function checkLimits(request: HostConfig): string[] {
  return checkResources(request, {
    cpuCount: cpuCount(),
    cpus: cpuset('cpus') ?? `0-${cpuCount() - 1}`,
    memoryNodes: cpuset('mems') ?? '0',
  });
}

/** Without a bridge of its own (`--bridge=none`), the engine's default network is none, as in Docker. */
function networkMode(engine: Engine, mode: string | null | undefined): string {
  if (!mode || mode === 'default') return engine.networks.find('bridge') === undefined ? 'none' : 'bridge';
  const donor = joinedContainer(mode);
  // One that does not exist is an error of the start, since it may be created before that; a network likewise.
  return donor === undefined ? mode : `container:${engine.containers.find(donor)?.id ?? donor}`;
}

function logConfig(engine: Engine, request: HostConfig['LogConfig']): HostConfig['LogConfig'] {
  const type = request?.Type || 'json-file';
  if (!isLogDriver(type)) {
    throw new EngineError(500, `logger: no log driver named '${type}' is registered`);
  }
  if (type === 'none') return { Type: type, Config: {} };
  const options = { ...(request?.Type ? {} : engine.options.defaultLogOptions), ...request?.Config };
  parseLogOptions(type, options);
  return { Type: type, Config: options };
}

function cpuset(kind: 'cpus' | 'mems'): string | undefined {
  return readTextIfExists(`/sys/fs/cgroup/cpuset.${kind}.effective`)?.trim();
}
