import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile, stagesUpTo } from './dockerfile.ts';
import { DockerfileError } from './dockerfile-error.ts';

const one = (line: string) => parseDockerfile(`FROM scratch\n${line}\n`).stages[0]?.instructions[0];
const refusal = (source: string) => {
  try {
    parseDockerfile(source);
  } catch (error) {
    assert.ok(error instanceof DockerfileError);
    return error.message;
  }
  return 'accepted';
};

test('stages have names, and arguments may come before the first', () => {
  const { globals, stages } = parseDockerfile(`
# syntax=docker/dockerfile:1

ARG base=busybox
from --platform=linux/amd64 $base AS Build
RUN true
FROM scratch
COPY --from=build /a /b
`);
  assert.deepEqual(
    globals.map(({ variables }) => variables),
    [[['base', 'busybox']]],
  );
  assert.deepEqual(
    stages.map(({ from }) => [from.image, from.stage, from.platform]),
    [
      ['$base', 'build', 'linux/amd64'],
      ['scratch', '', ''],
    ],
  );
  assert.equal(stages[1]?.instructions[0]?.text, 'COPY --from=build /a /b');
  assert.equal(stagesUpTo(stages, 'BUILD').length, 1);
  assert.equal(stagesUpTo(stages, '1').length, 2);
  assert.throws(() => stagesUpTo(stages, 'x'), /target stage "x" could not be found/);
});

test('lines go on behind a backslash, over comments and empty lines', () => {
  const instruction = one('RUN a \\\n  # a comment\n\n  && b \\  \n  && c # no comment');
  assert.equal(instruction?.text, 'RUN a   && b   && c # no comment');
  const { escaper, stages } = parseDockerfile('# escape=`\nFROM scratch\nRUN a `\n b \\\n');
  assert.equal(escaper, '`');
  assert.equal(stages[0]?.instructions[0]?.text, 'RUN a  b \\');
});

test('commands are in JSON or for the shell', () => {
  const run = one('RUN ["a", "b c"]');
  assert.ok(run?.is === 'run' && !run.isShell);
  assert.deepEqual(run.words, ['a', 'b c']);
  const shell = one("CMD ['a', 'b']");
  assert.ok(shell?.is === 'cmd' && shell.isShell);
  assert.deepEqual(shell.words, ["['a', 'b']"]);
});

test('here-documents belong to RUN, COPY and ADD', () => {
  const { stages } = parseDockerfile(
    'FROM scratch\nCOPY <<a <<-"b" /x/\none $V\na\n\ttwo\n\tb\nRUN <<EOF\nfirst\nEOF\nCMD echo <<EOF\n',
  );
  const [copy, run, cmd] = stages[0]?.instructions ?? [];
  assert.ok(copy?.is === 'copy' && run?.is === 'run' && cmd?.is === 'cmd');
  assert.deepEqual(copy.documents, [
    { name: 'a', expands: true, content: 'one $V\n' },
    { name: 'b', expands: false, content: 'two\n' },
  ]);
  assert.deepEqual([copy.sources, copy.target], [[], '/x/']);
  assert.deepEqual([run.words, run.documents[0]?.content], [['<<EOF'], 'first\n']);
  assert.match(refusal('FROM scratch\nRUN <<EOF\nfirst\n'), /line 2: unterminated heredoc/);
});

test('pairs come with equals signs and quotes, or in the old form', () => {
  const env = one('ENV A=1 B="2 3" C=4\\ 5');
  assert.ok(env?.is === 'env');
  assert.deepEqual(env.variables, [
    ['A', '1'],
    ['B', '"2 3"'],
    ['C', '4\\ 5'],
  ]);
  const old = one('ENV A b  c=d');
  assert.ok(old?.is === 'env');
  assert.deepEqual(old.variables, [['A', 'b  c=d']]);
});

test('a health check has times in nanoseconds', () => {
  const check = one('HEALTHCHECK --interval=1m30s --retries=2 --timeout=500ms CMD curl /');
  assert.ok(check?.is === 'healthcheck');
  assert.deepEqual(check.healthcheck, {
    Test: ['CMD-SHELL', 'curl /'],
    Interval: 90e9,
    Timeout: 0.5e9,
    Retries: 2,
  });
  assert.deepEqual(one('HEALTHCHECK NONE'), {
    is: 'healthcheck',
    text: 'HEALTHCHECK NONE',
    healthcheck: { Test: ['NONE'] },
  });
});

test('errors name the line in the words of Docker', () => {
  const errors: Record<string, string> = {
    '': 'file with no instructions',
    '# only a comment': 'file with no instructions',
    'FROM x\nNONSENSE y': 'dockerfile parse error on line 2: unknown instruction: NONSENSE',
    'RUN x': 'dockerfile parse error on line 1: no build stage in current context',
    'FROM a b': 'dockerfile parse error on line 1: FROM requires either one or three arguments',
    'FROM a AS 1b':
      'dockerfile parse error on line 1: invalid name for build stage: "1b", name can\'t start with a number or contain symbols',
    'FROM x\n\n\nCOPY y': `dockerfile parse error on line 4: COPY requires at least two arguments, but only one was provided. Destination could not be determined`,
    'FROM x\nENV a': 'dockerfile parse error on line 2: ENV must have two arguments',
    'FROM x\nENV a=b c': `dockerfile parse error on line 2: Syntax error - can't find = in "c". Must be of the form: name=value`,
    'FROM x\nENV =b': 'dockerfile parse error on line 2: ENV names can not be blank',
    'FROM x\nWORKDIR': 'dockerfile parse error on line 2: WORKDIR requires exactly one argument',
    'FROM x\nCOPY --nonsense=1 a b': 'dockerfile parse error on line 2: unknown flag: --nonsense',
    'FROM x\nSHELL bash': 'dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form',
    'FROM x\nONBUILD ONBUILD RUN y':
      "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
    'FROM x\nONBUILD FROM y': "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger",
    'FROM x\nHEALTHCHECK TCP':
      'dockerfile parse error on line 2: unknown type "TCP" in HEALTHCHECK (try CMD)',
    'FROM x\nHEALTHCHECK --interval=soon CMD a':
      'dockerfile parse error on line 2: time: invalid duration "soon"',
    '# escape=x\nFROM y': "invalid escape token 'x' does not match ` or \\",
    'FROM x\nCMD ["a", 1]':
      'dockerfile parse error on line 2: when using JSON array syntax, arrays must be comprised of strings only',
  };
  for (const [source, message] of Object.entries(errors)) assert.equal(refusal(source), message, source);
  assert.match(refusal('FROM x\nRUN --mount=type=cache,target=/c y'), /--mount option requires BuildKit/);
});
