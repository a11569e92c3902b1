/** Finds the handler for a method and a path. */
import { HttpError } from './message.ts';
import { parseQuery, percentDecode, type Query } from './query.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './response.ts';
import type { Handler } from './server.ts';

/** A request whose path has been understood. */
export interface RouteContext {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** The decoded parts of the path that the template names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The API version of the path, such as `1.51`; undefined if it has none. */
  readonly version: string | undefined;
}

export type RouteHandler = (context: RouteContext) => Promise<void>;

export interface Route {
  readonly method: string;
  /**
   * A path such as `/containers/{id}/json`. `{id}` stands for one segment that is not empty, `{name:.*}` for one or
   * more, slashes included. Where several templates match, the first one counts.
   */
  readonly template: string;
  readonly handler: RouteHandler;
}

interface CompiledRoute {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handler: RouteHandler;
}

const VERSION_PREFIX = /^\/v(\d+\.\d+)(?=\/)/;

/**
 * A handler that looks the route up, with or without an API version before the path. A path that no route has, or not
 * with this method, is Docker's 404.
 */
export function createRouter(routes: readonly Route[]): Handler {
  /** By method and first segment, so that few patterns have to be tried. */
  const table = new Map<string, CompiledRoute[]>();
  for (const { method, template, handler } of routes) {
    const key = tableKey(method, template);
    const compiled = { ...compileTemplate(template), handler };
    const others = table.get(key);
    if (others === undefined) table.set(key, [compiled]);
    else others.push(compiled);
  }

  return async (request, response) => {
    const { method } = request;
    const version = VERSION_PREFIX.exec(request.head.path)?.[1];
    const versionless =
      version === undefined ? request.head.path : request.head.path.slice(version.length + 2);
    const path = versionless.includes('//') ? versionless.replace(/\/{2,}/g, '/') : versionless;
    for (const route of table.get(tableKey(method, path)) ?? []) {
      const match = route.pattern.exec(path);
      if (match === null) continue;
      const params = Object.fromEntries(
        route.names.map((name, index) => [name, percentDecode(match[index + 1] ?? '')]),
      );
      const query = parseQuery(request.head.query);
      return route.handler({ request, response, params, query, version });
    }
    throw new HttpError(404, 'page not found');
  };
}

function tableKey(method: string, path: string): string {
  const end = path.indexOf('/', 1);
  return `${method} ${end < 0 ? path : path.slice(0, end)}`;
}

function compileTemplate(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const source = template.replace(
    /\{(\w+)(:\.\*)?\}|[.*+?^$()|[\]\\]/g,
    (text, name?: string, greedy?: string) => {
      if (name === undefined) return `\\${text}`;
      names.push(name);
      return greedy === undefined ? '([^/]+)' : '(.+)';
    },
  );
  return { pattern: new RegExp(`^${source}$`), names };
}
