/** `docker create`: from a request to a container on disk. A request that is refused leaves nothing behind. */

import { timestamp } from '../../linux/clock.ts';
import { randomId } from '../../linux/random.ts';
import { parseSignal } from '../../linux/signal.ts';
import { systemName } from '../../linux/system-name.ts';
import { commandLine } from '../../oci/command.ts';
import { type ContainerConfig, parseContainerConfig, parseHostConfig } from '../../oci/container-config.ts';
import { checkEnvironment } from '../../oci/environment.ts';
import { mergeImageConfig } from '../../oci/merge-image-config.ts';
import type { WantedPlatform } from '../../oci/platform.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { checkPlatform, platformWarnings } from '../images/image-platform.ts';
import { requestedAttachments } from '../networks/attachments.ts';
import { requestedLinks } from '../networks/links.ts';
import { checkNetworkMode } from '../networks/network-mode.ts';
import { portRequests } from '../networks/port-bindings.ts';
import { Container, initialState } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { checkHealthcheck } from './health-check.ts';
import { completeHostConfig } from './host-config.ts';
import { removeMountId, writeMountId } from './mount-id.ts';
import { prepareMounts, removeAnonymousVolumes } from './mounts.ts';
import { randomName } from './random-name.ts';

export interface CreatedContainer {
  readonly container: Container;
  readonly warnings: string[];
}

/**
 * @param name without a slash; empty for a random one
 * @param body the parsed JSON of the request
 * @param platform what its image has to be for; without it, a warning says if that is not this machine
 * @throws EngineError or FormatError as Docker would answer
 */
export async function createContainer(
  engine: Engine,
  name: string,
  body: unknown,
  platform?: WantedPlatform,
): Promise<CreatedContainer> {
  const requested = parseContainerConfig(body);
  const imageName = requested.Image ?? '';
  const image = engine.images.get(imageName);
  checkPlatform(image, imageName, platform);
  const config = mergeImageConfig(requested, image.config.config ?? {});
  const command = commandLine(config);
  checkConfig(config);
  const { hostConfig, warnings } = completeHostConfig(
    engine,
    parseHostConfig((body as { HostConfig?: unknown }).HostConfig ?? {}),
  );
  if (platform === undefined) warnings.push(...platformWarnings(image));
  warnings.push(...checkNetworkMode(requested, hostConfig));
  const networks = requestedAttachments(
    engine.networks,
    (body as { NetworkingConfig?: unknown }).NetworkingConfig,
    config,
    hostConfig,
  );
  portRequests(config, hostConfig);
  const links = requestedLinks(engine.containers, hostConfig);
  const id = randomId();
  const chosenName = name || randomName((candidate) => engine.containers.find(candidate) === undefined);
  engine.containers.checkName(chosenName);
  const hold = engine.images.holds.begin();
  hold.add(image.id);
  const mounts = await prepareMounts(engine, id, image, config, hostConfig).finally(() => hold.release());
  const container = new Container({
    id,
    name: chosenName,
    created: timestamp(),
    imageId: image.id,
    config: withHostname(config, hostConfig.NetworkMode === 'host' || hostConfig.UTSMode === 'host', id),
    hostConfig,
    command,
    mounts,
    networks,
    ...(links.length > 0 && { links }),
    ports: [],
    state: initialState(),
    restartCount: 0,
    isManuallyStopped: false,
  });
  try {
    engine.containers.add(container);
    writeMountId(engine, container);
  } catch (error) {
    engine.containers.remove(container);
    removeMountId(engine, container);
    removeAnonymousVolumes(engine, container);
    throw error;
  }
  publishContainerEvent(engine, container, 'create');
  return { container, warnings };
}

/** In the host's UTS or network namespace a container has the host's name. */
function withHostname(config: ContainerConfig, isHosts: boolean, id: string): ContainerConfig {
  if (config.Hostname) return config;
  return { ...config, Hostname: isHosts ? systemName().node : id.slice(0, 12) };
}

function checkConfig(config: ContainerConfig): void {
  checkEnvironment(config.Env ?? []);
  checkHealthcheck(config.Healthcheck);
  if (config.WorkingDir && !config.WorkingDir.startsWith('/')) {
    throw invalidParameter(
      `the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (config.StopSignal && parseSignal(config.StopSignal) === undefined) {
    throw invalidParameter(`invalid signal: ${config.StopSignal}`);
  }
}
