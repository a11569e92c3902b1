/** A Dockerfile: its global arguments and its stages. */
import { DockerfileError } from './dockerfile-error.ts';
import { type Instruction, parseInstruction } from './dockerfile-instruction.ts';
import { type DockerfileLine, dockerfileLines, type EscapeCharacter } from './dockerfile-lines.ts';
import { FormatError } from './errors.ts';

export interface Stage {
  readonly from: Instruction<'from'>;
  readonly instructions: readonly Exclude<Instruction, { is: 'from' }>[];
}

export interface Dockerfile {
  readonly escaper: EscapeCharacter;
  /** Before the first FROM. */
  readonly globals: readonly Instruction<'arg'>[];
  readonly stages: readonly Stage[];
}

/** Throws DockerfileError naming the line. */
export function parseDockerfile(source: string): Dockerfile {
  const { escaper, lines } = dockerfileLines(source);
  const globals: Instruction<'arg'>[] = [];
  const stages: { from: Instruction<'from'>; instructions: Exclude<Instruction, { is: 'from' }>[] }[] = [];
  for (const line of lines) {
    const instruction = inLine(line, () => parseInstruction(line, escaper));
    if (instruction.is === 'from') {
      stages.push({ from: instruction, instructions: [] });
      continue;
    }
    if (instruction.is === 'onbuild') {
      inLine(line, () => parseInstruction({ ...line, text: instruction.trigger }, escaper));
    }
    const stage = stages.at(-1);
    if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.is === 'arg') globals.push(instruction);
    else throw DockerfileError.atLine(line.line, new DockerfileError('no build stage in current context'));
  }
  if (stages.length === 0) throw new DockerfileError('no build stage in current context');
  return { escaper, globals, stages };
}

/**
 * The stages that a build has to make: all up to the one with this name or number, or all of them.
 * Throws DockerfileError if there is none.
 */
export function stagesUpTo(stages: readonly Stage[], target: string): readonly Stage[] {
  if (target === '') return stages;
  const byName = stages.findIndex(({ from }) => from.stage === target.toLowerCase());
  const index = byName < 0 && /^\d{1,6}$/.test(target) ? Number(target) : byName;
  if (index < 0 || index >= stages.length) {
    throw new DockerfileError(`target stage "${target}" could not be found`);
  }
  return stages.slice(0, index + 1);
}

function inLine<Value>({ line }: DockerfileLine, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    if (error instanceof FormatError) throw DockerfileError.atLine(line, error);
    throw error;
  }
}
