/** A new container's configuration: what the request says, and the image's for the rest. */
import { mergeCommands } from './command.ts';
import type { ContainerConfig, Healthcheck } from './container-config.ts';
import { mergeEnvironment } from './environment.ts';

/** The request's configuration completed by the image's, as `docker create` does. */
export function mergeImageConfig(request: ContainerConfig, image: ContainerConfig): ContainerConfig {
  const either = (key: 'User' | 'WorkingDir' | 'StopSignal') => request[key] || image[key] || '';
  const shell = request.Shell ?? image.Shell;
  const healthcheck = mergeHealthcheck(request.Healthcheck, image.Healthcheck);
  const stopSignal = either('StopSignal');
  return {
    ...request,
    ...mergeCommands(image, request),
    User: either('User'),
    WorkingDir: either('WorkingDir'),
    Env: mergeEnvironment(image.Env ?? [], request.Env ?? []),
    Labels: { ...image.Labels, ...request.Labels },
    ExposedPorts: mergeKeys(request.ExposedPorts, image.ExposedPorts),
    Volumes: mergeKeys(request.Volumes, image.Volumes),
    ...(stopSignal !== '' && { StopSignal: stopSignal }),
    ...(healthcheck != null && { Healthcheck: healthcheck }),
    ...(shell != null && { Shell: shell }),
  };
}

type KeySet = ContainerConfig['Volumes'];

function mergeKeys(request: KeySet, image: KeySet): KeySet {
  const keys = { ...image, ...request };
  return Object.keys(keys).length === 0 ? null : keys;
}

type MaybeHealthcheck = Healthcheck | null | undefined;

/** Durations and the test itself are inherited one by one; 0 and an empty test mean "as the image says". */
function mergeHealthcheck(request: MaybeHealthcheck, image: MaybeHealthcheck): MaybeHealthcheck {
  if (request == null || image == null) return request ?? image;
  const isEmpty = (value: Healthcheck[keyof Healthcheck]) =>
    value == null || value === 0 || (Array.isArray(value) && value.length === 0);
  const set = Object.entries(request).filter(([, value]) => !isEmpty(value));
  return { ...image, ...Object.fromEntries(set) };
}
