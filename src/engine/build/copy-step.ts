/** COPY and ADD: from words of the Dockerfile to a request for the workers. */
import { makeDirectories, removeTree, writeFile } from '../../linux/file.ts';
import { shellOf } from '../../oci/config-change.ts';
import { digestHex } from '../../oci/digest.ts';
import { DockerfileError } from '../../oci/dockerfile-error.ts';
import type { Instruction } from '../../oci/dockerfile-instruction.ts';
import { expandVariables, expandWord } from '../../oci/dockerfile-words.ts';
import type { NewLayer } from '../images/new-layer.ts';
import { baseImage } from './base-image.ts';
import { type BuildRun, type StageState, stageVariables } from './build-state.ts';
import { type CopyRequest, copyStep, hashOfSources } from './change-tree.ts';
import type { SourceTree } from './copy-sources.ts';
import { downloadSource, isUrl } from './download-sources.ts';
import { imagePath, layersOf } from './stage-paths.ts';

/** What makes a step of the instruction: its text for history and cache, and how its layer is made. */
export async function copyInstruction(
  run: BuildRun,
  state: StageState,
  instruction: Instruction<'copy' | 'add'>,
): Promise<{ createdBy: string; makeLayer: () => Promise<NewLayer> }> {
  const { scratch } = run.engine.images;
  const request = await copyRequest(run, state, instruction);
  const { kind, digest } = await hashOfSources(scratch, request);
  const { name, chown, chmod, target } = request;
  const flags = `${chown && `--chown=${chown} `}${chmod && `--chmod=${chmod} `}`;
  const comment = `${name} ${flags}${kind}:${digestHex(digest)} in ${target} `;
  return {
    createdBy: [...shellOf(state.config), `#(nop) ${comment}`].join(' '),
    makeLayer: () => copyStep(scratch, run.staging, layersOf(run, state), request),
  };
}

async function copyRequest(
  run: BuildRun,
  state: StageState,
  instruction: Instruction<'copy' | 'add'>,
): Promise<CopyRequest> {
  const variables = stageVariables(run, state);
  const expand = (text: string) => expandWord(text, variables, run.escaper);
  const name = instruction.is.toUpperCase();
  const sources = instruction.sources.map(expand);
  const target = expand(instruction.target);
  const count = sources.length + instruction.documents.length;
  if (count > 1 && !target.endsWith('/')) {
    throw new DockerfileError(
      `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const addresses = instruction.is === 'add' ? sources.filter(isUrl) : [];
  const tree: SourceTree =
    instruction.is === 'copy' && instruction.from !== ''
      ? await treeOfImage(run, expand(instruction.from))
      : { is: 'context', directory: run.context.directory };
  return {
    name,
    sources: {
      tree,
      patterns: sources.filter((source) => !addresses.includes(source)),
      made: await makeSources(run, state, instruction, addresses, target),
    },
    target: imagePath(state, target),
    chown: expand(instruction.chown),
    chmod: expand(instruction.chmod),
    unpacksArchives: instruction.is === 'add',
  };
}

/** A stage before this one, by name or number, or else any image. */
async function treeOfImage(run: BuildRun, from: string): Promise<SourceTree> {
  const { stages, engine } = run;
  const number = /^\d{1,6}$/.test(from) ? Number(from) : undefined;
  if (number !== undefined && number >= stages.length) {
    throw new DockerfileError(`invalid from flag value ${from}: refers to current build stage`);
  }
  const stage =
    stages.findLast(({ name }) => name === from.toLowerCase()) ??
    (number === undefined ? undefined : stages[number]);
  const image = stage === undefined ? await baseImage(run, from, '') : stage.image;
  const layers = image === undefined ? [] : engine.images.layerDirectories(image).toReversed();
  return { is: 'image', layers };
}

/** Writes here-documents, and downloads what has an address, each into a directory of its own. Returns their paths. */
async function makeSources(
  run: BuildRun,
  state: StageState,
  { documents }: Instruction<'copy' | 'add'>,
  addresses: readonly string[],
  target: string,
): Promise<readonly string[]> {
  const directory = `${run.staging}/sources`;
  removeTree(directory);
  const made: string[] = [];
  for (const address of addresses) {
    const into = `${directory}/${made.length}`;
    made.push(`${into}/${await downloadSource(run, address, target, into)}`);
  }
  for (const { name, content, expands } of documents) {
    if (name.includes('/')) throw new DockerfileError(`a here-document cannot be called ${name}`);
    const into = `${directory}/${made.length}`;
    makeDirectories(into);
    const text = expands ? expandVariables(content, stageVariables(run, state), run.escaper) : content;
    writeFile(`${into}/${name}`, text);
    made.push(`${into}/${name}`);
  }
  return made;
}
