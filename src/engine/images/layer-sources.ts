/**
 * Where a layer came from or went to, `sources.json` in its directory: what a registry calls its blob, so that a push
 * of the layer to the same registry can do without its bytes. Losing the file costs time only.
 */
import * as v from 'valibot';
import { errorMessage } from '../../linux/error-report.ts';
import { readTextIfExists, writeFileAtomic } from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import { digest } from '../../oci/image-config.ts';
import { integer, parseJson } from '../../oci/json.ts';

const layerSource = v.object({
  /** In full: `docker.io/library/busybox`. */
  repository: v.string(),
  /** Of the blob as it is there. */
  digest,
  size: integer,
  mediaType: v.string(),
});

export type LayerSource = v.InferOutput<typeof layerSource>;

const sourcesFile = v.array(layerSource);
/** The newest are kept. */
const MAXIMUM_SOURCES = 50;

/** Reads the file in a layer's directory, the newest source first. */
export function readLayerSources(directory: string): readonly LayerSource[] {
  const path = sourcesPath(directory);
  try {
    return parseJson(sourcesFile, readTextIfExists(path) ?? '[]', path);
  } catch (error) {
    log.warn(errorMessage(error));
    return [];
  }
}

/** Adds a source to the file in a layer's directory. */
export function addLayerSource(directory: string, source: LayerSource): void {
  const others = readLayerSources(directory).filter(
    ({ repository, digest: other }) => repository !== source.repository || other !== source.digest,
  );
  const sources = [source, ...others].slice(0, MAXIMUM_SOURCES);
  writeFileAtomic(sourcesPath(directory), `${JSON.stringify(sources)}\n`);
}

const sourcesPath = (directory: string) => `${directory}/sources.json`;
