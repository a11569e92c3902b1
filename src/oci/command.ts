/** What a container runs: entrypoint and command of the request and of the image put together. */
import type { ContainerConfig } from './container-config.ts';
import { FormatError } from './errors.ts';

type Commands = Pick<ContainerConfig, 'Entrypoint' | 'Cmd'>;

/**
 * Docker's rule: an entrypoint in the request clears the image's command as well, a command in the request keeps
 * the image's entrypoint. `['']` as entrypoint (`--entrypoint ""`) means none.
 */
export function mergeCommands(
  image: Commands,
  request: Commands,
): { Entrypoint: string[] | null; Cmd: string[] | null } {
  const requested = request.Entrypoint ?? [];
  if (requested.length > 0) {
    const isReset = requested.length === 1 && requested[0] === '';
    return { Entrypoint: isReset ? null : requested, Cmd: request.Cmd ?? null };
  }
  return {
    Entrypoint: request.Entrypoint ?? image.Entrypoint ?? null,
    Cmd: (request.Cmd ?? []).length > 0 ? (request.Cmd ?? null) : (image.Cmd ?? null),
  };
}

/** The argument list of a container's process. */
export function commandLine({ Entrypoint, Cmd }: Commands): string[] {
  const args = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (args.length === 0) throw new FormatError('no command specified');
  return args;
}
