/**
 * `.dockerignore`: what of a directory does not belong to a build's context
 * (https://docs.docker.com/build/concepts/context/#dockerignore-files).
 */
import { FormatError } from './errors.ts';
import { cleanLayerPath, LAYER_ROOT } from './layer-path.ts';

interface Rule {
  readonly expression: RegExp;
  /** Takes back what an earlier rule left out. */
  readonly isException: boolean;
}

/** Tells whether a clean path relative to the context is left out. */
export type Ignored = (path: string) => boolean;

const TOKEN = /(?:\*\*\/)+|\*\*|\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|([^*?[\\])/gsy;

/** Throws FormatError for a malformed pattern. */
export function parseDockerignore(text: string): Ignored {
  const rules = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap(parseRule);
  return (path) => {
    const candidates = withParents(path);
    let isIgnored = false;
    for (const { expression, isException } of rules) {
      if (isIgnored === isException && candidates.some((candidate) => expression.test(candidate))) {
        isIgnored = !isException;
      }
    }
    return isIgnored;
  };
}

function parseRule(line: string): Rule[] {
  const text = line.trim();
  if (line.startsWith('#') || text === '') return [];
  const isException = text.startsWith('!');
  const pattern = pathOf(isException ? text.slice(1).trim() : text);
  return pattern === LAYER_ROOT ? [] : [{ expression: expressionOf(pattern), isException }];
}

/** What leads out of the context names nothing in it, as little as its root. */
function pathOf(pattern: string): string {
  try {
    return cleanLayerPath(pattern);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return LAYER_ROOT;
  }
}

function expressionOf(pattern: string): RegExp {
  let source = '';
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    const [token, negation = '', characters, escaped, plain] = match;
    end = match.index + token.length;
    if (token.startsWith('**/')) source += '(?:.*/)?';
    else if (token === '**') source += '.*';
    else if (token === '*') source += '[^/]*';
    else if (token === '?') source += '[^/]';
    else if (characters !== undefined) source += `[${negation}${characters.replace(/[[&]/g, '\\$&')}]`;
    else source += (escaped ?? plain ?? '').replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  }
  const malformed = new FormatError(`.dockerignore: syntax error in pattern "${pattern}"`);
  if (end !== pattern.length) throw malformed;
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    throw malformed;
  }
}

/** A path after all directories on the way to it: what is in a directory that is left out is left out too. */
function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
