import type { Outcome } from '../system/process.ts';
import type { EngineUnderTest } from './engine-under-test.ts';
import { type RawMember, rawTar } from './raw-tar.ts';

/** The engine's directory in the machine. */
export const engineRoot = '/var/lib/system-docker';

/** `docker load` of an archive that is made up, whatever comes of it. */
export function loadArchive(
  engine: EngineUnderTest,
  archive: Uint8Array | readonly RawMember[],
): Promise<Outcome> {
  const input = archive instanceof Uint8Array ? archive : rawTar(archive);
  return engine.docker(['load', '--quiet'], { input });
}

/** A script that waits until nothing is being removed in the background any more, then lists what is left. */
export const listScratch = `
  for i in $(seq 50); do [ -z "$(ls ${engineRoot}/tmp)" ] && break; usleep 100000; done
  ls ${engineRoot}/tmp`;
