/** `/containers/…` of the Engine API. */

import { queryFlag, queryInteger, queryValue } from '../../http/query.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { parseHostConfig } from '../../oci/container-config.ts';
import { lookUp } from '../../oci/look-up.ts';
import type { Container, WaitCondition, WaitResult } from '../containers/container.ts';
import { publishContainerEvent } from '../containers/container-events.ts';
import { createContainer } from '../containers/create.ts';
import { removeByRequest } from '../containers/remove.ts';
import { startContainer } from '../containers/start.ts';
import {
  killContainer,
  pauseContainer,
  restartContainer,
  stopContainer,
  unpauseContainer,
} from '../containers/stop.ts';
import { updateContainer } from '../containers/update.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { containerSizes } from '../files/disk-usage.ts';
import { removeLinkByRequest } from '../networks/linked-hosts.ts';
import { attachByWebSocket, attachToContainer } from './attach.ts';
import { parseFilters } from './filters.ts';
import { inspectContainer } from './inspect-container.ts';
import { readJsonBody } from './json-body.ts';
import { listContainers } from './list-containers.ts';
import { serveLogs } from './logs.ts';
import { namedPlatform } from './platform-parameter.ts';
import { pruneContainers } from './prune-containers.ts';
import { pruneTurns } from './prune-turn.ts';
import { serveStats } from './stats.ts';
import { listProcesses } from './top.ts';

/** All routes about containers. */
export function containerRoutes(engine: Engine): Route[] {
  const route = (
    method: string,
    template: string,
    handler: (container: Container, context: RouteContext) => Promise<void>,
  ): Route => ({
    method,
    template,
    handler: async (context) => handler(engine.containers.get(context.params['id'] ?? ''), context),
  });
  const inTurn = pruneTurns();
  const done = async ({ response }: RouteContext) => {
    response.status = 204;
    await response.end();
  };
  return [
    {
      method: 'GET',
      template: '/containers/json',
      handler: async ({ query, response }) => {
        const all = queryFlag(query, 'all');
        const limit = queryInteger(query, 'limit');
        const size = queryFlag(query, 'size');
        await response.json(await listContainers(engine, { all, limit, size, filters: parseFilters(query) }));
      },
    },
    {
      method: 'POST',
      template: '/containers/create',
      handler: async ({ query, request, response }) => {
        const name = (queryValue(query, 'name') ?? '').replace(/^\//, '');
        const platform = namedPlatform(query);
        const body = await readJsonBody(request);
        const { container, warnings } = await createContainer(engine, name, body, platform);
        response.status = 201;
        await response.json({ Id: container.id, Warnings: warnings });
      },
    },
    {
      method: 'POST',
      template: '/containers/prune',
      handler: async ({ query, response }) => {
        await response.json(await inTurn(() => pruneContainers(engine, parseFilters(query))));
      },
    },
    route('GET', '/containers/{id}/json', async (container, { query, response }) => {
      const sizes = queryFlag(query, 'size') ? await containerSizes(engine, [container]) : undefined;
      await response.json(inspectContainer(engine, container, sizes?.get(container.id)));
    }),
    route('GET', '/containers/{id}/stats', (container, context) => serveStats(engine, container, context)),
    route('POST', '/containers/{id}/update', async (container, { request, response }) => {
      const warnings = await updateContainer(engine, container, parseHostConfig(await readJsonBody(request)));
      await response.json({ Warnings: warnings.length === 0 ? null : warnings });
    }),
    route('POST', '/containers/{id}/start', async (container, context) => {
      await startContainer(engine, container);
      await done(context);
    }),
    route('POST', '/containers/{id}/stop', async (container, context) => {
      const withMachine = queryFlag(context.query, 'with-machine');
      await stopContainer(engine, container, { ...stopOptions(context), withMachine });
      await done(context);
    }),
    route('POST', '/containers/{id}/restart', async (container, context) => {
      await restartContainer(engine, container, stopOptions(context));
      await done(context);
    }),
    route('POST', '/containers/{id}/kill', async (container, context) => {
      await killContainer(engine, container, queryValue(context.query, 'signal') ?? '');
      await done(context);
    }),
    route('POST', '/containers/{id}/pause', async (container, context) => {
      await pauseContainer(engine, container);
      await done(context);
    }),
    route('POST', '/containers/{id}/unpause', async (container, context) => {
      await unpauseContainer(engine, container);
      await done(context);
    }),
    route('POST', '/containers/{id}/rename', async (container, context) => {
      renameContainer(engine, container, queryValue(context.query, 'name') ?? '');
      await done(context);
    }),
    route('POST', '/containers/{id}/resize', resize),
    route('POST', '/containers/{id}/wait', wait),
    route('POST', '/containers/{id}/attach', (container, context) =>
      attachToContainer(engine, container, context),
    ),
    route('GET', '/containers/{id}/attach/ws', (container, context) =>
      attachByWebSocket(engine, container, context),
    ),
    route('GET', '/containers/{id}/logs', (container, context) => serveLogs(engine, container, context)),
    route('GET', '/containers/{id}/top', (container, { query, response }) =>
      response.json(listProcesses(engine, container, queryValue(query, 'ps_args') ?? '')),
    ),
    {
      method: 'DELETE',
      template: '/containers/{name:.*}',
      handler: async (context) => {
        const { params, query } = context;
        const name = params['name'] ?? '';
        if (queryFlag(query, 'link')) removeLinkByRequest(engine, name);
        else await removeByRequest(engine, engine.containers.get(name), removeOptions(query));
        await done(context);
      },
    },
  ];
}

function removeOptions(query: RouteContext['query']) {
  return { force: queryFlag(query, 'force'), removeVolumes: queryFlag(query, 'v') };
}

function stopOptions({ query }: RouteContext) {
  return { timeout: queryInteger(query, 't'), signal: queryValue(query, 'signal') };
}

function renameContainer(engine: Engine, container: Container, requested: string): void {
  const name = requested.replace(/^\//, '');
  if (name === '') throw invalidParameter('Neither old nor new names may be empty');
  if (name === container.record.name) {
    throw invalidParameter('Renaming a container with the same name as its current name');
  }
  const oldName = container.record.name;
  engine.containers.rename(container, name);
  publishContainerEvent(engine, container, 'rename', { oldName: `/${oldName}` });
}

async function resize(container: Container, { query, response }: RouteContext): Promise<void> {
  const rows = queryInteger(query, 'h') ?? 0;
  const columns = queryInteger(query, 'w') ?? 0;
  if (!container.streams.resize({ rows, columns })) {
    throw invalidParameter(`cannot resize container ${container.id}: it has no terminal or does not run`);
  }
  await response.end();
}

const WAIT_CONDITIONS: Readonly<Record<string, WaitCondition>> = {
  '': 'stop',
  'not-running': 'stop',
  'next-exit': 'exit',
  removed: 'removal',
};

/** The status is sent at once: the CLI starts the container only when it has it. */
async function wait(container: Container, { request, query, response }: RouteContext): Promise<void> {
  const text = queryValue(query, 'condition') ?? '';
  const condition = lookUp(WAIT_CONDITIONS, text);
  if (condition === undefined) throw invalidParameter(`invalid condition: "${text}"`);
  const isOver = condition === 'stop' && !container.isRunning;
  const result = isOver ? Promise.resolve(container.result) : container.next(condition);
  await response.startChunked();
  const gone = new Promise<undefined>((resolve) => request.onDisconnect(() => resolve(undefined)));
  const outcome = await Promise.race([result, gone]);
  if (outcome !== undefined) await response.write(encodeUtf8(`${JSON.stringify(waitAnswer(outcome))}\n`));
  await response.end();
}

function waitAnswer({ exitCode, error }: WaitResult) {
  return error === '' ? { StatusCode: exitCode } : { StatusCode: exitCode, Error: { Message: error } };
}
