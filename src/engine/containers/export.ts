/** `docker export`: everything that is in a container's root filesystem as one tar. */
import { O, oDirectory, open } from '../../linux/file-descriptor.ts';
import { becomeRootOf, makeUserNamespace } from '../../linux/user-namespace.ts';
import { BufferedOutput } from '../buffered-output.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import { writeTreeTar } from '../images/tree-tar.ts';
import { remappingOf } from '../user-namespaces/container-user-namespace.ts';
import { drainWorker } from '../worker-pipes.ts';
import type { Container } from './container.ts';
import { publishContainerEvent } from './container-events.ts';
import { holdRoot, rootOf } from './root-filesystem.ts';

/**
 * Writes the archive piece by piece. Volumes are not in it, only the directories that they are mounted on.
 * @throws EngineError 409 for a container that is on its way out
 */
export async function exportContainer(
  engine: Engine,
  container: Container,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { status } = container.state;
  if (status === 'removing')
    throw conflict(`You cannot export container ${container.id} which is being removed`);
  if (status === 'dead') throw conflict(`You cannot export container ${container.id} which is Dead`);
  const root = rootOf(engine, container);
  const mappings = remappingOf(engine, container.record.hostConfig)?.mappings;
  const release = holdRoot(engine, container);
  try {
    await drainWorker('docker-export', write, (fd) => {
      const output = new BufferedOutput(fd);
      const directory = open(root, O.RDONLY | oDirectory());
      if (mappings !== undefined) becomeRootOf(makeUserNamespace(mappings));
      writeTreeTar(directory, (bytes) => output.write(bytes));
      output.flush();
    });
  } finally {
    release();
  }
  publishContainerEvent(engine, container, 'export');
}
