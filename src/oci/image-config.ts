/**
 * The image configuration: the JSON whose digest is the image's id (OCI image-spec, config.md; Docker image
 * specification 1.2). Keep its text as it came: writing it again would give another digest.
 */
import * as v from 'valibot';
import { containerConfigSchema } from './container-config.ts';
import { type Digest, isDigest } from './digest.ts';
import { parseJson } from './json.ts';

/** A digest within a document. */
export const digest = v.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  'expected a digest of the form sha256:<64 hexadecimal digits>',
);

const history = v.object({
  created: v.nullish(v.string()),
  created_by: v.nullish(v.string()),
  author: v.nullish(v.string()),
  comment: v.nullish(v.string()),
  /** The step has no entry in `rootfs.diff_ids`. */
  empty_layer: v.nullish(v.boolean()),
});

const imageConfig = v.object({
  architecture: v.string(),
  os: v.string(),
  variant: v.nullish(v.string()),
  'os.version': v.nullish(v.string()),
  /** RFC 3339. */
  created: v.nullish(v.string()),
  author: v.nullish(v.string()),
  comment: v.nullish(v.string()),
  docker_version: v.nullish(v.string()),
  container: v.nullish(v.string()),
  config: v.nullish(containerConfigSchema),
  rootfs: v.object({
    type: v.literal('layers', 'expected "layers"'),
    /** Digests of the layers' uncompressed tars, lowest first. */
    diff_ids: v.nullish(v.array(digest)),
  }),
  history: v.nullish(v.array(history)),
});

export type ImageConfig = v.InferOutput<typeof imageConfig>;
export type ImageHistory = v.InferOutput<typeof history>;

/**
 * Parses an image configuration.
 * @throws FormatError naming the field
 */
export function parseImageConfig(text: string): ImageConfig {
  return parseJson(imageConfig, text, 'image configuration');
}
