import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DockerfileError } from './dockerfile-error.ts';
import { expandVariables, expandWord, expandWords, splitWords } from './dockerfile-words.ts';

const values: Record<string, string> = {
  A: 'value',
  EMPTY: '',
  LIST: '80 443',
  PATH: '/usr/bin',
  FILE: 'a.tar.gz',
};
const variables = (name: string) => values[name];
const word = (text: string) => expandWord(text, variables, '\\');

test('variables are replaced by the rules of the shell', () => {
  const expansions: Record<string, string> = {
    'x$A-y': 'xvalue-y',
    '${A}B': 'valueB',
    $MISSING: '',
    "'$A'": '$A',
    '"$A"': 'value',
    '\\$A': '$A',
    '"\\$A"': '$A',
    '"a\\b"': 'a\\b',
    $: '$',
    a$: 'a$',
    '$/': '$/',
    '${MISSING:-default}': 'default',
    '${MISSING:-$A}': 'value',
    '${EMPTY:-default}': 'default',
    '${EMPTY-default}': '',
    '${A:+set}': 'set',
    '${EMPTY:+set}': '',
    '${EMPTY+set}': 'set',
    '${A:?needed}': 'value',
    '${PATH#*/}': 'usr/bin',
    '${PATH##*/}': 'bin',
    '${FILE%.*}': 'a.tar',
    '${FILE%%.*}': 'a',
    '${FILE#?.t}': 'ar.gz',
    '${FILE%*}': 'a.tar.gz',
    '${FILE%%*}': '',
    '${FILE%x}': 'a.tar.gz',
    '${MISSING:-"a b"}': 'a b',
  };
  for (const [text, expected] of Object.entries(expansions)) assert.equal(word(text), expected, text);
});

test('what is not closed or not known is refused', () => {
  const errors: Record<string, RegExp> = {
    '"x': /looking for matching double-quote/,
    "'x": /looking for matching single-quote/,
    '${A': /missing '}'/,
    '${': /missing '}'/,
    '${}': /bad substitution/,
    '${A:-x': /missing '}'/,
    '${A:=x}': /unsupported modifier \(=\) in substitution/,
    '${MISSING:?needed}': /^MISSING: needed$/,
  };
  for (const [text, message] of Object.entries(errors)) {
    assert.throws(
      () => word(text),
      (error) => error instanceof DockerfileError && message.test(error.message),
      text,
    );
  }
});

test('values may have several words', () => {
  assert.deepEqual(expandWords('$LIST 22', variables, '\\'), ['80', '443', '22']);
  assert.deepEqual(expandWords('"$LIST" ""', variables, '\\'), ['80 443', '']);
  assert.deepEqual(splitWords('a="b c" d=\'e f\' g\\ h', '\\'), ['a="b c"', "d='e f'", 'g\\ h']);
});

test('quotes mean nothing in a document', () => {
  assert.equal(expandVariables('"$A" \\$A \\n\n', variables, '\\'), '"value" $A \\n\n');
});
