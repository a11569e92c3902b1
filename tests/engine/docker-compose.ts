import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unpackedPackages } from '../system/debian-packages.ts';
import type { ExecuteOptions, Outcome } from '../system/process.ts';
import type { EngineUnderTest } from './engine-under-test.ts';

export interface ComposeProject {
  /** The copy of the project's files that is used. */
  readonly directory: string;
  /** Runs `docker compose`, whatever comes of it. */
  compose(words: readonly string[], options?: ExecuteOptions): Promise<Outcome>;
}

/**
 * Makes `docker compose`, of Debian's package docker-compose, ready for a project.
 * @param folder with the project's files. They are copied to where both the client and the engine see them, by the same
 *   path: secrets and configs are files of the engine's machine.
 */
export async function composeProject(engine: EngineUnderTest, folder: string): Promise<ComposeProject> {
  const plugins = join(engine.clientConfig, 'cli-plugins');
  await mkdir(plugins);
  const program = 'usr/libexec/docker/cli-plugins/docker-compose';
  await symlink(join(await unpackedPackages('docker-compose'), program), join(plugins, 'docker-compose'));

  const { sockets } = engine.machine;
  const directory = join(sockets, basename(folder));
  await cp(folder, directory, { recursive: true });
  await engine.machine.share(directory);
  const environment = { ...engine.clientEnvironment, DOCKER_BUILDKIT: '0' }; // there is none here
  return {
    directory,
    compose: (words, options = {}) =>
      engine.docker(['compose', '--ansi', 'never', '--project-directory', directory, ...words], {
        ...options,
        environment: { ...environment, ...options.environment },
      }),
  };
}
