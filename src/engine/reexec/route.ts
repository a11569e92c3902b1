/** `POST /paddock/reexec`, an endpoint beside those of Docker. */
import type { HttpRequest } from '../../http/request.ts';
import type { Route } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { setCloseOnExec } from '../../linux/file-descriptor.ts';
import { openStream } from '../../linux/stream.ts';
import { hasBody, readJsonBody } from '../api/json-body.ts';
import type { Engine } from '../engine.ts';
import { conflict, invalidParameter } from '../errors.ts';
import type { Handover } from './handover.ts';
import { reexec, type Successor } from './reexec.ts';

/** The route. `unanswered` counts the requests without an answer, this one included. */
export function reexecRoute(
  engine: Engine,
  api: { listeners(): Handover['listeners']; unanswered(): number },
): Route {
  let isUnderWay = false;
  return {
    method: 'POST',
    template: '/paddock/reexec',
    handler: async ({ request, response }) => {
      if (isUnderWay) throw conflict('a re-exec is already under way');
      isUnderWay = true;
      try {
        const successor = await readSuccessor(request);
        const state = {
          listeners: api.listeners(),
          client: response.fd,
          isAnswering: () => api.unanswered() > 1,
        };
        await reexec(engine, state, successor);
      } finally {
        isUnderWay = false;
      }
    },
  };
}

/** The body may be missing: then nothing but the program is new. */
async function readSuccessor(request: HttpRequest): Promise<Successor> {
  if (!hasBody(request)) return {};
  const { Arguments, Environment } = await readJsonBody(request);
  return { arguments: strings('Arguments', Arguments), environment: strings('Environment', Environment) };
}

function strings(key: string, value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const isList = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
  if (!isList) throw invalidParameter(`${key}: expected a list of strings`);
  return value;
}

/** Answers the client for the predecessor. */
export async function confirmReexec({ client }: Handover): Promise<void> {
  setCloseOnExec(client, true);
  const stream = openStream(client);
  try {
    await stream.write(encodeUtf8('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'));
  } finally {
    stream.close();
  }
}
