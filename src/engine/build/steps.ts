/** The steps of a build: each makes an image of the one before, or finds that it was made already. */
import { type ConfigChange, changeConfig, commandWords, shellOf } from '../../oci/config-change.ts';
import type { ContainerConfig } from '../../oci/container-config.ts';
import { DockerfileError } from '../../oci/dockerfile-error.ts';
import type { Instruction } from '../../oci/dockerfile-instruction.ts';
import { expandWord } from '../../oci/dockerfile-words.ts';
import { shortId } from '../../oci/reference.ts';
import { layerOfContainer } from '../containers/commit.ts';
import type { Container } from '../containers/container.ts';
import { createContainer } from '../containers/create.ts';
import type { Image } from '../images/image.ts';
import { addImage } from '../images/new-image.ts';
import type { NewLayer } from '../images/new-layer.ts';
import { type BuildRun, removeContainers, type StageState, stageVariables } from './build-state.ts';
import { stepOfOtherImages } from './cache-from.ts';
import { workdirStep } from './change-tree.ts';
import { copyInstruction } from './copy-step.ts';
import { runToEnd } from './run-container.ts';
import { layersOf } from './stage-paths.ts';

/** Executes one instruction. */
export async function executeStep(
  run: BuildRun,
  state: StageState,
  instruction: Exclude<Instruction, { is: 'from' }>,
): Promise<void> {
  switch (instruction.is) {
    case 'run':
      return await runInstruction(run, state, instruction);
    case 'copy':
    case 'add': {
      const { createdBy, makeLayer } = await copyInstruction(run, state, instruction);
      return await makeStep(run, state, createdBy, state.config, makeLayer);
    }
    case 'arg':
      return await declareArguments(run, state, instruction);
    case 'maintainer':
      state.author = instruction.author;
      return await changeStep(run, state, state.config, `MAINTAINER ${instruction.author}`);
    default:
      return await configInstruction(run, state, instruction);
  }
}

async function configInstruction(run: BuildRun, state: StageState, instruction: ConfigChange): Promise<void> {
  const { config, comment } = changeConfig(state.config, instruction, {
    variables: stageVariables(run, state),
    escaper: run.escaper,
    hasCmd: state.hasCmd,
  });
  if (instruction.is === 'cmd') state.hasCmd = true;
  const directory = instruction.is === 'workdir' ? config.WorkingDir : undefined;
  await changeStep(run, state, config, comment, directory ?? undefined);
}

async function declareArguments(
  run: BuildRun,
  state: StageState,
  { variables }: Instruction<'arg'>,
): Promise<void> {
  const values = stageVariables(run, state);
  const words = variables.map(([name, value]) => {
    const fallback = value === undefined ? undefined : expandWord(value, values, run.escaper);
    run.buildArguments.declare(name, fallback);
    return fallback === undefined ? name : `${name}=${fallback}`;
  });
  await changeStep(run, state, state.config, `ARG ${words.join(' ')}`);
}

/**
 * A step that runs nothing. As in Docker, it has a container all the same, which is only made.
 * @param directory is made, unless it is there
 */
async function changeStep(
  run: BuildRun,
  state: StageState,
  config: ContainerConfig,
  comment: string,
  directory?: string,
): Promise<void> {
  const command = [...shellOf(state.config), '#(nop) ', comment];
  await makeStep(run, state, command.join(' '), config, async () => {
    if (state.image !== undefined) {
      await makeContainer(run, state.image, command, []);
    }
    if (directory === undefined) return undefined;
    const { scratch } = run.engine.images;
    return await workdirStep(scratch, run.staging, layersOf(run, state), directory);
  });
}

async function runInstruction(
  run: BuildRun,
  state: StageState,
  instruction: Instruction<'run'>,
): Promise<void> {
  const { image } = state;
  const words = commandWords({ ...instruction, words: withDocuments(instruction) }, state.config);
  const environment = new Set((state.config.Env ?? []).map((variable) => variable.split('=', 1)[0] ?? ''));
  const given = run.buildArguments.forRun().filter(({ name }) => !environment.has(name));
  const counting = given.filter(({ counts }) => counts).map(({ variable }) => variable);
  const prefix = counting.length === 0 ? [] : [`|${counting.length}`, ...counting];
  await makeStep(run, state, [...prefix, ...words].join(' '), state.config, async () => {
    if (image === undefined) throw new DockerfileError('RUN needs an image with a program to run');
    const variables = given.map(({ variable }) => variable);
    const container = await makeContainer(run, image, words, variables);
    await runToEnd(run, container, words);
    return await layerOfContainer(run.engine, container, run.staging);
  });
}

/** The command with its here-documents; one that is nothing else is a script for the shell. */
function withDocuments({ words, isShell, documents }: Instruction<'run'>): readonly string[] {
  const [command = ''] = words;
  const [first] = documents;
  if (!isShell || first === undefined) return words;
  if (documents.length > 1 || !/^<<-?["']?[^\s"'<]+["']?$/.test(command)) {
    return [`${command}\n${documents.map(({ content, name }) => `${content}${name}\n`).join('')}`];
  }
  if (first.content.startsWith('#!')) {
    throw new DockerfileError('a here-document of RUN that begins with #! requires BuildKit');
  }
  return [first.content];
}

/**
 * Takes the image of this step from the cache, or makes it.
 * @param createdBy tells the step from others; goes into the image's history
 * @param makeLayer makes the layer in the staging directory, if the step has one
 */
async function makeStep(
  run: BuildRun,
  state: StageState,
  createdBy: string,
  config: ContainerConfig,
  makeLayer: () => Promise<NewLayer | undefined>,
): Promise<void> {
  const { images } = run.engine;
  const cached = run.options.usesCache
    ? (cachedStep(run, state.image, createdBy) ?? (await stepOfOtherImages(run, state, createdBy, config)))
    : undefined;
  if (cached !== undefined) {
    state.image = cached;
    run.hold.add(cached.id);
    await run.output.text(' ---> Using cache\n');
  } else {
    const layer = await makeLayer();
    run.cancellation.check();
    state.image = await addImage(images, {
      staging: run.staging,
      parent: state.image,
      layer,
      config,
      author: state.author,
      createdBy,
      buildStep: createdBy,
    });
    run.hold.add(state.image.id);
    if (run.options.removes !== 'none') await removeContainers(run);
  }
  state.config = config;
}

/** The newest image that the same step made of the same image. */
function cachedStep({ engine }: BuildRun, parent: Image | undefined, createdBy: string): Image | undefined {
  const { images } = engine;
  const candidates =
    parent === undefined
      ? images.ownImages().filter((image) => image.parent === undefined)
      : (images.children().get(parent.id) ?? []);
  return candidates
    .filter(({ buildStep }) => buildStep === createdBy)
    .reduce<Image | undefined>(
      (best, image) => (best && best.created > image.created ? best : image),
      undefined,
    );
}

async function makeContainer(
  run: BuildRun,
  image: Image,
  command: readonly string[],
  variables: readonly string[],
): Promise<Container> {
  const { container } = await createContainer(run.engine, '', {
    Image: image.id,
    Entrypoint: [''],
    Cmd: command,
    Env: variables,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: run.options.hostConfig,
  });
  run.containers.add(container);
  await run.output.text(` ---> Running in ${shortId(container.id)}\n`);
  return container;
}
