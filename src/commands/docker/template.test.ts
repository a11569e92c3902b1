import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from './flags.ts';
import { parseFormat, parseTemplate } from './template.ts';

const CONTAINER = {
  Name: '/c1',
  State: { Status: 'running', Pid: 42, Paused: false },
  Config: { Labels: { 'a.b': 'x', c: 'y' }, Env: ['A=1', 'B=2'], Cmd: null, Volumes: {} },
  Label: (name: unknown) => `<${String(name)}>`,
};

const render = (text: string) => parseFormat(text)(CONTAINER);

test('fields', () => {
  assert.equal(render('{{.Name}} {{ .State.Status }}:{{.State.Pid}}'), '/c1 running:42');
  assert.equal(render('{{.State.Paused}}'), 'false');
  assert.equal(render('no fields'), 'no fields');
  assert.equal(render('{{.Name}}\\t{{.Name}}\\n'), '/c1\t/c1\n');
});

test('values print as in Go', () => {
  assert.equal(
    render('{{.Config.Env}} {{.Config.Labels}} {{.Config.Cmd}}'),
    '[A=1 B=2] map[a.b:x c:y] <no value>',
  );
});

test('functions', () => {
  assert.equal(render('{{json .State}}'), '{"Status":"running","Pid":42,"Paused":false}');
  assert.equal(render('{{json .Config.Cmd}}'), 'null');
  assert.equal(render('{{index .Config.Labels "a.b"}}|{{index .Config.Env 1}}'), 'x|B=2');
  assert.equal(render('{{index .Config.Labels "none"}}'), '<no value>');
  assert.equal(render('{{join .Config.Env ","}} {{len .Config.Env}} {{upper .Name}}'), 'A=1,B=2 2 /C1');
  assert.equal(render('{{.Name | upper | lower}}'), '/c1');
  assert.equal(render('{{len (index .Config.Env 0)}}'), '3');
  assert.equal(render('{{.Label "x y"}}'), '<x y>');
});

test('if, range and with', () => {
  assert.equal(render('{{range .Config.Env}}{{.}};{{end}}'), 'A=1;B=2;');
  assert.equal(render('{{range .Config.Volumes}}x{{else}}none{{end}}'), 'none');
  assert.equal(
    render('{{if .State.Paused}}paused{{else}}not {{if .Name}}nested{{end}}{{end}}'),
    'not nested',
  );
  assert.equal(render('{{with .State}}{{.Pid}}{{end}}'), '42');
  assert.equal(render('{{if eq .State.Status "running"}}yes{{end}}{{if ne .State.Pid 42}}no{{end}}'), 'yes');
});

test('what cannot be understood is refused', () => {
  const cases = [
    '{{.Name',
    '}}',
    '{{}}',
    '{{nope .Name}}',
    '{{if .Name}}x',
    '{{end}}',
    '{{.Name ~}}',
    '{{(.Name}}',
    '{{.Name)}}',
    '{{$x}}',
    '{{.Name "x"}}',
    '{{.Nope}}',
    '{{.State.Nope}}',
    '{{.Name.X}}',
  ];
  for (const text of cases) {
    assert.throws(
      () => render(text),
      (error) => error instanceof UsageError && error.message.includes(text),
      text,
    );
  }
});

test('a map may lack a key, and blanks are trimmed where it is asked for', () => {
  const fill = (text: string) => parseTemplate(text)(new Map([['A', '1']]));
  assert.equal(fill('a: {{.A}} b: {{.B}} \\n'), 'a: 1 b: <no value> \\n');
  assert.equal(fill('[\n{{- if .A }} yes {{- else }} no {{- end -}}\n]'), '[ yes]');
});
