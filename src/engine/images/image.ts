/** An image of the store, and the file that describes it, `images/<hex of the id>.json`. */
import * as v from 'valibot';
import { errorMessage } from '../../linux/error-report.ts';
import { readText } from '../../linux/file.ts';
import type { Digest } from '../../oci/digest.ts';
import { digest, type ImageConfig, parseImageConfig } from '../../oci/image-config.ts';
import { integer, parseJson } from '../../oci/json.ts';
import { EngineError } from '../errors.ts';

const imageFile = v.object({
  /** The text whose digest is the image's id. */
  config: v.string(),
  /** Diff ids, lowest first. */
  layers: v.array(digest),
  /** Bytes in the files of each layer; may be missing. */
  layerSizes: v.optional(v.array(integer)),
  /** The image that it was made from by a build or a commit. */
  parent: v.optional(digest),
  /** The step of a build that made it from its parent: what the build cache is looked up by. */
  buildStep: v.optional(v.string()),
});

export type ImageFile = v.InferOutput<typeof imageFile>;

/** Reads an image's file. Throws FormatError. */
export function readImageFile(path: string): ImageFile {
  return parseJson(imageFile, readText(path), path);
}

/** The file's text. */
export function formatImageFile(file: ImageFile): string {
  return `${JSON.stringify(file)}\n`;
}

/** What an image asks its store. */
export interface ImageOwner {
  referencesOf(id: Digest): readonly string[];
  digestReferencesOf(id: Digest): readonly string[];
  measureLayer(diffId: Digest): number;
}

/** Its file is read when something of it is asked for the first time. */
export class Image {
  readonly id: Digest;
  /** Whether it is part of the operating system and cannot be removed. */
  readonly isSystem: boolean;
  /** Where its file lies. */
  readonly path: string;
  readonly #owner: ImageOwner;
  #content:
    | {
        readonly config: ImageConfig;
        readonly layers: readonly Digest[];
        layerSizes: readonly number[] | undefined;
        readonly parent: Digest | undefined;
        readonly buildStep: string | undefined;
      }
    | undefined;

  constructor(id: Digest, path: string, isSystem: boolean, owner: ImageOwner) {
    this.id = id;
    this.path = path;
    this.isSystem = isSystem;
    this.#owner = owner;
  }

  /** Its names as Docker shows them, such as `busybox:latest`, sorted. */
  get references(): readonly string[] {
    return this.#owner.referencesOf(this.id);
  }

  /** Under which digests registries have it, such as `busybox@sha256:…`, sorted. */
  get digestReferences(): readonly string[] {
    return this.#owner.digestReferencesOf(this.id);
  }

  get config(): ImageConfig {
    return this.#read().config;
  }

  get labels(): Readonly<Record<string, string>> | undefined {
    return this.config.config?.Labels ?? undefined;
  }

  /** Diff ids, lowest first. */
  get layers(): readonly Digest[] {
    return this.#read().layers;
  }

  /** Bytes in the files of each layer. */
  get layerSizes(): readonly number[] {
    const content = this.#read();
    content.layerSizes ??= content.layers.map((diffId) => this.#owner.measureLayer(diffId));
    return content.layerSizes;
  }

  /** Bytes in the files of all layers. */
  get size(): number {
    return this.layerSizes.reduce((sum, size) => sum + size, 0);
  }

  /** The image that it was made from here, which may be gone. */
  get parent(): Digest | undefined {
    return this.#read().parent;
  }

  /** The step of a build that made it from its parent. */
  get buildStep(): string | undefined {
    return this.#read().buildStep;
  }

  /** When it was made, in seconds since 1970; 0 if it does not say. */
  get created(): number {
    return unixSeconds(this.config.created);
  }

  #read() {
    if (this.#content === undefined) {
      try {
        const { config, layers, layerSizes, parent, buildStep } = readImageFile(this.path);
        const isMeasured = layerSizes?.length === layers.length;
        this.#content = {
          config: parseImageConfig(config),
          layers,
          layerSizes: isMeasured ? layerSizes : undefined,
          parent,
          buildStep,
        };
      } catch (error) {
        throw new EngineError(500, `image ${this.id} cannot be read: ${errorMessage(error)}`, {
          cause: error,
        });
      }
    }
    return this.#content;
  }
}

/** A time of RFC 3339 in whole seconds since 1970; 0 if there is none. */
export function unixSeconds(time: string | null | undefined): number {
  const milliseconds = Date.parse(time ?? '');
  return Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
}
