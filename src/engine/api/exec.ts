/** `/containers/{id}/exec` and `/exec/…` of the Engine API. */

import { queryInteger } from '../../http/query.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { sleep } from '../../linux/event-loop.ts';
import { log } from '../../linux/log.ts';
import { publishContainerEvent } from '../containers/container-events.ts';
import {
  createExec,
  type Exec,
  type ExecStart,
  findExec,
  parseExecConfig,
  parseExecStart,
  startExec,
} from '../containers/exec.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { encodeFrame, MULTIPLEXED_STREAM, RAW_STREAM } from '../stdcopy.ts';
import { serveAttachedClient } from '../streams/attach-client.ts';
import { detachKeys } from '../streams/detach-keys.ts';
import { readJsonBody } from './json-body.ts';

/** How long a resize waits for the process to start, in milliseconds. */
const START_PATIENCE = 10_000;

/** All routes about execs. */
export function execRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      template: '/containers/{id}/exec',
      handler: async ({ params, request, response }) => {
        const container = engine.containers.get(params['id'] ?? '');
        const exec = createExec(engine, container, parseExecConfig(await readJsonBody(request)));
        response.status = 201;
        await response.json({ Id: exec.id });
      },
    },
    {
      method: 'POST',
      template: '/exec/{id}/start',
      handler: async (context) => {
        const exec = findExec(engine, context.params['id'] ?? '');
        const body = parseExecStart(await readJsonBody(context.request));
        if (body.Detach) await startDetached(engine, exec, body, context);
        else await startAttached(engine, exec, body, context);
      },
    },
    {
      method: 'GET',
      template: '/exec/{id}/json',
      handler: async ({ params, response }) => {
        await response.json(inspectExec(findExec(engine, params['id'] ?? '')));
      },
    },
    {
      method: 'POST',
      template: '/exec/{id}/resize',
      handler: async ({ params, query, response }) => {
        const exec = findExec(engine, params['id'] ?? '');
        const rows = queryInteger(query, 'h') ?? 0;
        const columns = queryInteger(query, 'w') ?? 0;
        // Clients tell the size of their terminal as soon as they have one.
        await Promise.race([exec.started, sleep(START_PATIENCE)]);
        if (!exec.streams.resize({ rows, columns })) {
          throw invalidParameter(`cannot resize exec ${exec.id}: it has no terminal or does not run`);
        }
        await response.end();
      },
    },
  ];
}

async function startDetached(
  engine: Engine,
  exec: Exec,
  { ConsoleSize }: ExecStart,
  { response }: RouteContext,
): Promise<void> {
  await startExec(engine, exec, ConsoleSize);
  await response.end();
}

async function startAttached(
  engine: Engine,
  exec: Exec,
  { ConsoleSize }: ExecStart,
  { response }: RouteContext,
): Promise<void> {
  const { config } = exec;
  const isTerminal = config.Tty === true;
  const keys = detachKeys(config.DetachKeys);
  const connection = await response.hijack(isTerminal ? RAW_STREAM : MULTIPLEXED_STREAM);
  const client = serveAttachedClient(connection, exec.streams, {
    stdin: config.AttachStdin === true,
    stdout: config.AttachStdout === true,
    stderr: config.AttachStderr === true,
    isMultiplexed: !isTerminal,
    endsWithInput: isTerminal && config.AttachStdin === true,
    closesInput: !isTerminal,
    detachKeys: isTerminal ? keys : undefined,
  });
  try {
    await startExec(engine, exec, ConsoleSize);
  } catch (error) {
    log.debug(errorMessage(error));
    // The status is long sent: as in Docker the client reads the reason, and finds the exit code by inspecting.
    const text = encodeUtf8(`${errorMessage(error)}\r\n`);
    await connection.write(isTerminal ? text : encodeFrame('stdout', text)).catch(() => {});
    await exec.streams.abandon();
  }
  if ((await client) === 'detached') {
    publishContainerEvent(engine, exec.container, 'exec_detach', { execID: exec.id });
  }
}

function inspectExec(exec: Exec): Record<string, unknown> {
  const { config } = exec;
  const [entrypoint = '', ...args] = exec.command;
  return {
    ID: exec.id,
    Running: exec.status === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: config.Tty === true,
      entrypoint,
      arguments: args,
      privileged: config.Privileged === true,
      ...(config.User && { user: config.User }),
    },
    OpenStdin: config.AttachStdin === true,
    OpenStderr: config.AttachStderr === true,
    OpenStdout: config.AttachStdout === true,
    CanRemove: false,
    ContainerID: exec.container.id,
    DetachKeys: config.DetachKeys ?? '',
    Pid: exec.pid,
  };
}
