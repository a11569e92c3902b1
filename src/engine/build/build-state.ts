/** What a build knows while it goes on. */
import type { BuildArguments } from '../../oci/build-arguments.ts';
import { environmentVariables } from '../../oci/config-change.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import type { EscapeCharacter } from '../../oci/dockerfile-lines.ts';
import type { Variables } from '../../oci/dockerfile-words.ts';
import { type ImageReference, shortId } from '../../oci/reference.ts';
import type { Credentials } from '../../registry/authorization.ts';
import type { Container } from '../containers/container.ts';
import { removeByRequest } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { Image } from '../images/image.ts';
import type { ImageHold } from '../images/image-holds.ts';
import type { BuildOptions } from './build-options.ts';
import type { BuildOutput } from './build-output.ts';
import type { BuildContext } from './context.ts';

export interface BuildRun {
  readonly engine: Engine;
  readonly options: BuildOptions;
  readonly context: BuildContext;
  /** A directory of the scratch for layers and images that are not complete. */
  readonly staging: string;
  readonly output: BuildOutput;
  readonly cancellation: Cancellation;
  /** Keeps the images of the build from being pruned. */
  readonly hold: ImageHold;
  /** A person's account at a registry. */
  readonly credentialsFor: (reference: ImageReference) => Credentials;
  readonly buildArguments: BuildArguments;
  readonly escaper: EscapeCharacter;
  /** The stages that are complete. */
  readonly stages: FinishedStage[];
  /** Of steps, not removed yet. */
  readonly containers: Set<Container>;
}

export interface FinishedStage {
  /** In lower case; empty for none. */
  readonly name: string;
  readonly image: Image | undefined;
}

/** A stage in the making. */
export interface StageState {
  /** Up to the last step; undefined as long as there is nothing. */
  image: Image | undefined;
  config: ContainerConfig;
  author: string;
  /** Whether there was a CMD. */
  hasCmd: boolean;
}

/** The end of a RUN that failed: a client gets its exit code too. */
export class StepError extends EngineError {
  readonly code: number;

  constructor(message: string, code: number) {
    super(500, message);
    this.code = code;
  }
}

/** Tells a build that its client is gone. */
export class Cancellation {
  #isCancelled = false;
  #stop: (() => void) | undefined;

  /** Ends what is under way, and with it the build. */
  cancel(): void {
    this.#isCancelled = true;
    this.#stop?.();
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Throws once the build is cancelled. */
  check(): void {
    if (this.#isCancelled) throw new EngineError(499, 'Build cancelled');
  }

  /** Runs a step that `stop` can end. */
  async during<Value>(stop: () => void, step: () => Promise<Value>): Promise<Value> {
    this.#stop = stop;
    try {
      return await step();
    } finally {
      this.#stop = undefined;
    }
  }
}

/** What variables mean in a stage: those of the environment count more than arguments. */
export function stageVariables({ buildArguments }: BuildRun, { config }: StageState): Variables {
  const environment = environmentVariables(config);
  return (name) => environment(name) ?? buildArguments.inStage(name);
}

/** Removes the containers of the steps so far. */
export async function removeContainers({ engine, containers, output }: BuildRun): Promise<void> {
  for (const container of containers) {
    containers.delete(container);
    if (engine.containers.find(container.id) !== container) continue;
    await removeByRequest(engine, container, { force: true, removeVolumes: true });
    // The client may be gone: then all the more they have to be removed.
    await output.text(` ---> Removed intermediate container ${shortId(container.id)}\n`).catch(() => {});
  }
}
