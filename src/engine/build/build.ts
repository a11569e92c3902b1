/**
 * `docker build`, the classic builder: a Dockerfile becomes an image, step by step. Every step is an image of its own,
 * made from the one before, by which the cache finds it when the same step comes again.
 */
import { BuildArguments } from '../../oci/build-arguments.ts';
import { environmentVariables } from '../../oci/config-change.ts';
import { parseDockerfile, type Stage, stagesUpTo } from '../../oci/dockerfile.ts';
import { DockerfileError } from '../../oci/dockerfile-error.ts';
import { type Instruction, parseInstruction } from '../../oci/dockerfile-instruction.ts';
import { expandWord } from '../../oci/dockerfile-words.ts';
import { DEFAULT_PATH } from '../../oci/environment.ts';
import { shortId } from '../../oci/reference.ts';
import type { Image } from '../images/image.ts';
import { baseImage } from './base-image.ts';
import { type BuildRun, removeContainers, type StageState } from './build-state.ts';
import { executeStep } from './steps.ts';

/** What is given for a build; the rest of its state is made here. */
export type BuildRequest = Omit<BuildRun, 'staging' | 'buildArguments' | 'escaper' | 'stages' | 'containers'>;

/** Numbers the steps as they are told. */
interface StepCounter {
  readonly total: number;
  next: number;
}

/** Names the image by the tags, and returns it. Throws EngineError or FormatError; what is complete stays as cache. */
export async function buildImage(request: BuildRequest): Promise<Image> {
  const { engine, options, output } = request;
  const { escaper, globals, stages: all } = parseDockerfile(request.context.dockerfile);
  const stages = withLabels(stagesUpTo(all, options.target), options.labels);
  const staging = engine.images.scratch.create();
  const buildArguments = new BuildArguments(options.buildArguments);
  const run: BuildRun = { ...request, staging, buildArguments, escaper, stages: [], containers: new Set() };
  let isDone = false;
  try {
    const count = stages.reduce((sum, { instructions }) => sum + instructions.length, 0);
    const counter = { total: globals.length + stages.length + count, next: 1 };
    for (const instruction of globals) await declareGlobal(run, counter, instruction);
    for (const stage of stages) await buildStage(run, counter, stage);
    const unused = buildArguments.unused();
    if (unused.length > 0) {
      await output.text(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`);
    }
    const image = run.stages.at(-1)?.image;
    if (image === undefined) throw new DockerfileError('No image was generated. Is your Dockerfile empty?');
    isDone = true;
    return image;
  } finally {
    engine.images.scratch.discard(staging);
    // The client may be gone, and the output with it.
    if (!isDone && (options.removes === 'all' || run.cancellation.isCancelled)) {
      await removeContainers(run);
    }
  }
}

/** Labels of the request are a step more of the last stage. */
function withLabels(
  stages: readonly Stage[],
  labels: readonly (readonly [name: string, value: string])[],
): readonly Stage[] {
  const last = stages.at(-1);
  if (last === undefined || labels.length === 0) return stages;
  const added = labels.map((label): Instruction<'label'> => {
    return { is: 'label', text: `LABEL ${label.join('=')}`, labels: [label], isLiteral: true };
  });
  return [...stages.slice(0, -1), { ...last, instructions: [...last.instructions, ...added] }];
}

async function declareGlobal(
  run: BuildRun,
  counter: StepCounter,
  instruction: Instruction<'arg'>,
): Promise<void> {
  await announce(run, counter, instruction);
  const { buildArguments, escaper } = run;
  for (const [name, value] of instruction.variables) {
    const fallback = value === undefined ? undefined : expandWord(value, buildArguments.global, escaper);
    buildArguments.declareGlobal(name, fallback);
  }
}

async function buildStage(run: BuildRun, counter: StepCounter, { from, instructions }: Stage): Promise<void> {
  await announce(run, counter, from);
  run.buildArguments.startStage();
  const state = await beginStage(run, from);
  await tellImage(run, state);
  for (const instruction of instructions) {
    run.cancellation.check();
    await announce(run, counter, instruction);
    await executeStep(run, state, instruction);
    await tellImage(run, state);
  }
  if (state.image !== undefined) await run.output.line({ aux: { ID: state.image.id } });
  run.stages.push({ name: from.stage, image: state.image });
}

async function announce({ output }: BuildRun, counter: StepCounter, { text }: Instruction): Promise<void> {
  await output.text(`Step ${counter.next++}/${counter.total} : ${text}`);
  await output.text('\n');
}

async function tellImage({ output }: BuildRun, { image }: StageState): Promise<void> {
  await output.text(` ---> ${shortId(image?.id ?? '')}\n`);
}

/** The image of FROM with its configuration, and what it wants to be done by those who build on it. */
async function beginStage(run: BuildRun, from: Instruction<'from'>): Promise<StageState> {
  const expand = (text: string) => expandWord(text, run.buildArguments.global, run.escaper);
  const name = expand(from.image);
  if (name === '') throw new DockerfileError(`base name (${from.image}) should not be blank`);
  const image = await imageOf(run, name, expand(from.platform) || run.options.platform);
  const { OnBuild, ...config } = image?.config.config ?? {};
  const hasPath = environmentVariables(config)('PATH') !== undefined;
  const Env = hasPath ? config.Env : [...(config.Env ?? []), `PATH=${DEFAULT_PATH}`];
  const state: StageState = { image, config: { ...config, Env }, author: '', hasCmd: false };
  const triggers = OnBuild ?? [];
  if (triggers.length > 0) {
    await run.output.text(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n`);
  }
  for (const text of triggers) {
    const instruction = parseInstruction({ text, documents: [] }, run.escaper);
    if (instruction.is === 'from') throw new DockerfileError("FROM isn't allowed as an ONBUILD trigger");
    await executeStep(run, state, instruction);
  }
  return state;
}

async function imageOf(run: BuildRun, name: string, platform: string): Promise<Image | undefined> {
  const stage = run.stages.findLast(
    (finished) => finished.name !== '' && finished.name === name.toLowerCase(),
  );
  if (stage !== undefined) return stage.image;
  return name === 'scratch' ? undefined : await baseImage(run, name, platform);
}
