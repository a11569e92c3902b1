/** `docker cp`: files into a container and out of it, whether it runs or not. All work with them is a worker's. */
import { exists } from '../../linux/file.ts';
import { close } from '../../linux/file-descriptor.ts';
import { fstat } from '../../linux/file-status.ts';
import { pathAt, readTextInRoot } from '../../linux/open-in-root.ts';
import { startWorker } from '../../linux/worker.ts';
import { resolveUser } from '../../oci/user.ts';
import { BufferedOutput } from '../buffered-output.ts';
import type { Container } from '../containers/container.ts';
import { etcFilePaths } from '../containers/etc-files.ts';
import { holdRoot, rootOf } from '../containers/root-filesystem.ts';
import type { Engine } from '../engine.ts';
import { conflict, invalidParameter } from '../errors.ts';
import { GzipWriter } from '../images/gzip-file.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import { drainWorker, feedWorker } from '../worker-pipes.ts';
import {
  type ContainerView,
  enterContainerView,
  pathInContainer,
  VIEW_ROOT,
  type ViewMount,
} from './container-view.ts';
import { extractArchive } from './extract-archive.ts';
import { baseName, openPath, type PathStatus, pathStatus } from './path-status.ts';
import { writePathTar } from './path-tar.ts';
import { accept, judge, type Verdict } from './refusal.ts';

/** A path of a container, as a request names both. */
export interface ContainerPath {
  readonly container: Container;
  readonly reference: string;
  readonly path: string;
}

/** Describes what is at a path. Throws EngineError 404 if there is nothing. */
export function statContainerPath(engine: Engine, place: ContainerPath): Promise<PathStatus> {
  return withView(engine, place.container, async (view) => {
    const worker = startWorker<never, Verdict<PathStatus>>({ name: 'docker-cp-stat' }, () =>
      judge(() => {
        const root = enterContainerView(view);
        return pathStatus(root, openPath(root, place.path, place.reference), place.path);
      }),
    );
    return accept(await worker.result);
  });
}

/** Writes what is at a path as a tar, compressed or not, piece by piece. The path has been found to be there. */
export function readContainerPath(
  engine: Engine,
  { container, path, reference }: ContainerPath,
  compression: 'none' | 'gzip',
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  return withView(engine, container, (view) =>
    drainWorker('docker-cp-from', write, (fd) => {
      const root = enterContainerView(view);
      const found = openPath(root, path, reference);
      const place =
        fstat(found).type === 'directory' ? pathAt(found, '.') : VIEW_ROOT + pathInContainer(found);
      const writeTo = (output: { write(bytes: Uint8Array): void }) =>
        writePathTar(place, baseName(path), (bytes) => output.write(bytes));
      if (compression === 'gzip') {
        const output = new GzipWriter(fd);
        writeTo(output);
        output.end();
      } else {
        const output = new BufferedOutput(fd);
        writeTo(output);
        output.flush();
      }
    }),
  );
}

export interface WriteOptions {
  /** Refuse to put a file in the place of a directory, and the other way round. */
  readonly keepsDirectories: boolean;
  /** Everything becomes the user's as which the container runs; else it is as the archive says. */
  readonly toContainerUser: boolean;
}

/**
 * Unpacks an archive at a path.
 * @param readBody gives it piece by piece, null at its end
 * @throws EngineError or FormatError as Docker answers; what was complete by then stays
 */
export async function writeContainerPath(
  engine: Engine,
  { container, path, reference }: ContainerPath,
  options: WriteOptions,
  readBody: () => Promise<Uint8Array | null>,
): Promise<void> {
  const { config, hostConfig } = container.record;
  await withView(engine, container, async (view) => {
    const verdict = await feedWorker('docker-cp-to', readBody, (input) =>
      judge(() => {
        const root = enterContainerView(view);
        const found = openPath(root, path, reference, true);
        if (fstat(found).type !== 'directory') throw invalidParameter('extraction point is not a directory');
        const directory = pathInContainer(found);
        close(found);
        checkWritable(directory, view.mounts, hostConfig.ReadonlyRootfs === true);
        extractArchive(root, input, {
          directory,
          keepsDirectories: options.keepsDirectories,
          owner: options.toContainerUser && config.User ? ownerOf(config.User) : undefined,
        });
      }),
    );
    accept(verdict);
  });
}

function checkWritable(directory: string, mounts: readonly ViewMount[], isRootReadOnly: boolean): void {
  const holder = mounts.find(
    ({ destination }) => directory === destination || directory.startsWith(`${destination}/`),
  );
  if (holder?.readOnly) throw invalidParameter('mounted volume is marked read-only');
  if (holder === undefined && isRootReadOnly) throw invalidParameter('container rootfs is marked read-only');
}

function ownerOf(user: string): { uid: number; gid: number } {
  const { uid, gid } = resolveUser(user, [], {
    passwd: readTextInRoot(VIEW_ROOT, '/etc/passwd'),
    group: readTextInRoot(VIEW_ROOT, '/etc/group'),
  });
  return { uid, gid };
}

/** Keeps root filesystem and volumes mounted for as long as somebody works with them. */
async function withView<Result>(
  engine: Engine,
  container: Container,
  use: (view: ContainerView) => Promise<Result>,
): Promise<Result> {
  const { status } = container.state;
  if (status === 'removing' || status === 'dead') {
    throw conflict(`container ${container.id} is marked for removal`);
  }
  const ends: (() => void)[] = [];
  try {
    ends.push(holdRoot(engine, container));
    for (const { Name } of container.record.mounts) if (Name) ends.push(engine.volumes.hold(Name));
    return await use({
      root: rootOf(engine, container),
      mounts: [...etcMounts(engine, container), ...ownMounts(container)],
      mappings: remappingOf(engine, container.record.hostConfig)?.mappings,
      scratch: engine.options.execRoot,
    });
  } finally {
    for (const end of ends.reverse()) end();
  }
}

function ownMounts({ record }: Container): ViewMount[] {
  return record.mounts
    .filter(({ Type, Source }) => Type !== 'tmpfs' && exists(Source))
    .map(({ Source, Destination, RW }) => ({ source: Source, destination: Destination, readOnly: !RW }));
}

/** They are there once it has been started. */
function etcMounts(engine: Engine, container: Container): ViewMount[] {
  const { hostname, hosts, resolvConf } = etcFilePaths(engine, container);
  const taken = new Set(container.record.mounts.map(({ Destination }) => Destination));
  return [
    { source: hostname, destination: '/etc/hostname', readOnly: false },
    { source: hosts, destination: '/etc/hosts', readOnly: false },
    { source: resolvConf, destination: '/etc/resolv.conf', readOnly: false },
  ].filter(({ source, destination }) => exists(source) && !taken.has(destination));
}
