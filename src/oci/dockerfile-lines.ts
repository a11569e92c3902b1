/**
 * The lines of a Dockerfile put together to instructions: parser directives, comments, continuation lines and
 * here-documents (https://docs.docker.com/reference/dockerfile/, "Format", "Parser directives", "Here-Documents").
 */
import { DockerfileError } from './dockerfile-error.ts';

/** The character that continues lines and takes the meaning from the next one. */
export type EscapeCharacter = '\\' | '`';

/** The text between `<<NAME` and `NAME`. */
export interface HereDocument {
  readonly name: string;
  /** Whether variables in it are expanded: its name was not in quotes. */
  readonly expands: boolean;
  readonly content: string;
}

/** One instruction, before its arguments are understood. */
export interface DockerfileLine {
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** As it is written, with continuation lines put together. */
  readonly text: string;
  readonly documents: readonly HereDocument[];
}

export interface DockerfileLines {
  readonly escaper: EscapeCharacter;
  readonly lines: readonly DockerfileLine[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+)$/;
const DIRECTIVES = ['escape', 'syntax', 'check'];
/** Of instructions that take here-documents, unless their arguments are JSON. */
const TAKES_DOCUMENTS = /^(?:onbuild\s+)?(?:add|copy|run)(?!(?:\s+--\S+)*\s+\[)\s/i;
const HERE_DOCUMENT = /(?:^|\s)\d*<<(-?)(?:"([^"\s<]+)"|'([^'\s<]+)'|([^\s<'"]+))(?=\s|$)/g;

/** Throws DockerfileError. */
export function dockerfileLines(source: string): DockerfileLines {
  const rows = source.replace(/^\ufeff/, '').split(/\r?\n/);
  const escaper = escapeDirective(rows);
  const lines: DockerfileLine[] = [];
  for (let next = 0; next < rows.length; ) {
    const line = next + 1;
    const { text, end } = joinedLine(rows, next, escaper);
    next = end;
    if (text === '') continue;
    const documents: HereDocument[] = [];
    for (const start of documentStarts(text)) {
      const { document, end: after } = readDocument(rows, next, start, line);
      documents.push(document);
      next = after;
    }
    lines.push({ line, text, documents });
  }
  if (lines.length === 0) throw new DockerfileError('file with no instructions');
  return { escaper, lines };
}

/** Directives are comments before anything else; of those only `escape` has a meaning here. */
function escapeDirective(rows: readonly string[]): EscapeCharacter {
  const seen = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const [, name = '', value = ''] = DIRECTIVE.exec(row.trim()) ?? [];
    const key = name.toLowerCase();
    if (!DIRECTIVES.includes(key)) break;
    if (seen.has(key)) {
      const message = `only one ${key} parser directive can be used`;
      throw DockerfileError.atLine(index + 1, new DockerfileError(message));
    }
    seen.set(key, value);
  }
  const escaper = seen.get('escape') ?? '\\';
  if (escaper === '\\' || escaper === '`') return escaper;
  throw new DockerfileError(`invalid escape token '${escaper}' does not match \` or \\`);
}

/** A line with those that continue it; comments and empty lines among them do not count. */
function joinedLine(rows: readonly string[], start: number, escaper: EscapeCharacter) {
  const continuation = escaper === '\\' ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  let text = '';
  let end = start;
  while (end < rows.length) {
    const row = rows[end] ?? '';
    const isFirst = end === start;
    end++;
    if (row.trimStart().startsWith('#') || row.trim() === '') {
      if (isFirst) break;
      continue;
    }
    const part = isFirst ? row.trimStart() : row;
    text += part.replace(continuation, '$1');
    if (!continuation.test(part)) break;
  }
  return { text: text.trim(), end };
}

interface DocumentStart {
  readonly name: string;
  readonly expands: boolean;
  /** Tabs before its lines are taken away. */
  readonly dropsTabs: boolean;
}

function documentStarts(text: string): DocumentStart[] {
  if (!text.includes('<<') || !TAKES_DOCUMENTS.test(text)) return [];
  return [...text.matchAll(HERE_DOCUMENT)].map(([, dash, double, single, plain]) => ({
    name: double ?? single ?? plain ?? '',
    expands: plain !== undefined,
    dropsTabs: dash === '-',
  }));
}

function readDocument(rows: readonly string[], start: number, what: DocumentStart, line: number) {
  const { name, expands, dropsTabs } = what;
  const lines: string[] = [];
  for (let index = start; index < rows.length; index++) {
    const row = rows[index] ?? '';
    const content = dropsTabs ? row.replace(/^\t+/, '') : row;
    if (content === name) {
      const document = { name, expands, content: lines.map((text) => `${text}\n`).join('') };
      return { document, end: index + 1 };
    }
    lines.push(content);
  }
  throw DockerfileError.atLine(line, new DockerfileError('unterminated heredoc'));
}
