/** The Engine API: all routes, on a unix socket and on TCP. */

import type { RequestHead } from '../../http/request-parser.ts';
import type { HttpResponse } from '../../http/response.ts';
import type { Route } from '../../http/router.ts';
import { createRouter } from '../../http/router.ts';
import { createServer, type Handler } from '../../http/server.ts';
import { readTextIfExists } from '../../linux/file.ts';
import { type Listener, listenTcp, listenUnix, resumeListening } from '../../linux/socket.ts';
import type { Stream } from '../../linux/stream.ts';
import { FormatError } from '../../oci/errors.ts';
import type { Engine } from '../engine.ts';
import { EngineError, invalidParameter } from '../errors.ts';
import { reexecRoute } from '../reexec/route.ts';
import { archiveRoutes } from './archive.ts';
import { buildRoutes } from './build.ts';
import { commitRoutes } from './commit.ts';
import { containerRoutes } from './containers.ts';
import { execRoutes } from './exec.ts';
import { imageRoutes } from './images.ts';
import { networkRoutes } from './networks.ts';
import { pluginRoutes } from './plugins.ts';
import { registryRoutes } from './registries.ts';
import { swarmRoutes } from './swarm.ts';
import { systemRoutes } from './system.ts';
import { API_VERSION, ENGINE_VERSION, versionError } from './version.ts';
import { volumeRoutes } from './volumes.ts';

export interface ApiServer {
  /**
   * Listens on `unix:///path` or `tcp://address:port`. Throws 400 if the address is neither.
   * @param inherited a socket that listens there already
   */
  listen(address: string, inherited?: number): Listener;
}

/** Serves an engine; `extraRoutes` are those that only process 1 has. */
export function createApiServer(engine: Engine, extraRoutes: readonly Route[] = []): ApiServer {
  const listeners: Record<string, number> = {};
  const unanswered = new Set<HttpResponse>();
  const router = createRouter([
    ...systemRoutes(engine),
    ...containerRoutes(engine),
    ...archiveRoutes(engine),
    ...buildRoutes(engine),
    ...commitRoutes(engine),
    ...execRoutes(engine),
    ...registryRoutes(engine),
    ...imageRoutes(engine),
    ...volumeRoutes(engine),
    ...networkRoutes(engine),
    reexecRoute(engine, {
      listeners: () => listeners,
      unanswered: () => [...unanswered].filter(({ isStarted }) => !isStarted).length,
    }),
    ...swarmRoutes(),
    ...pluginRoutes(),
    ...extraRoutes,
  ]);
  const server = createServer(counting(unanswered, checkingVersion(router)), {
    headers: {
      'Api-Version': API_VERSION,
      'Docker-Experimental': 'false',
      Ostype: 'linux',
      Server: `Docker/${ENGINE_VERSION} (linux)`,
    },
    describeError: (error) => {
      if (error instanceof EngineError) return error;
      return error instanceof FormatError ? { status: 400, message: error.message } : undefined;
    },
  });
  const accept = (stream: Stream) => server.accept(stream);
  const listen = (address: string, inherited: number | undefined): Listener => {
    const [, scheme, rest = ''] = /^(unix|tcp):\/\/(.+)$/.exec(address) ?? [];
    if (scheme === 'unix') {
      if (inherited !== undefined) return resumeListening(inherited, rest, accept);
      return listenUnix(rest, { mode: 0o660, gid: dockerGroup() }, accept);
    }
    const [, host = '', port] = /^([0-9.]*):([0-9]{1,5})$/.exec(rest) ?? [];
    if (scheme !== 'tcp' || port === undefined) {
      throw invalidParameter(
        `cannot listen on "${address}": expected unix:///path or tcp://ipv4-address:port`,
      );
    }
    if (inherited !== undefined) return resumeListening(inherited, rest, accept);
    return listenTcp(host || '0.0.0.0', Number(port), accept);
  };
  return {
    listen: (address, inherited) => {
      const listener = listen(address, inherited);
      listeners[address] = listener.fd;
      return listener;
    },
  };
}

/** Keeps the responses that are being made. */
function counting(responses: Set<HttpResponse>, handler: Handler): Handler {
  return async (request, response) => {
    responses.add(response);
    try {
      await handler(request, response);
    } finally {
      responses.delete(response);
    }
  };
}

function checkingVersion(handler: Handler): Handler {
  return (request, response) => {
    const version = pathVersion(request.head);
    const error = version === undefined ? undefined : versionError(version);
    if (error !== undefined) throw invalidParameter(error);
    return handler(request, response);
  };
}

function pathVersion({ path }: RequestHead): string | undefined {
  return /^\/v(\d+\.\d+)(?=\/)/.exec(path)?.[1];
}

/** Members of the group docker may use the socket, as with Docker; without the group only root may. */
function dockerGroup(): number {
  const group = /^docker:[^:]*:(\d+):/m.exec(readTextIfExists('/etc/group') ?? '');
  return Number(group?.[1] ?? 0);
}
