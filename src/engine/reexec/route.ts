/** `POST /paddock/reexec`, an endpoint beside those of Docker. */
import type { Route } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { setCloseOnExec } from '../../linux/file-descriptor.ts';
import { openStream } from '../../linux/stream.ts';
import type { Engine } from '../engine.ts';
import { conflict } from '../errors.ts';
import type { Handover } from './handover.ts';
import { reexec } from './reexec.ts';

/** The route. `unanswered` counts the requests without an answer, this one included. */
export function reexecRoute(
  engine: Engine,
  api: { listeners(): Handover['listeners']; unanswered(): number },
): Route {
  let isUnderWay = false;
  return {
    method: 'POST',
    template: '/paddock/reexec',
    handler: async ({ response }) => {
      if (isUnderWay) throw conflict('a re-exec is already under way');
      isUnderWay = true;
      try {
        await reexec(engine, {
          listeners: api.listeners(),
          client: response.fd,
          isAnswering: () => api.unanswered() > 1,
        });
      } finally {
        isUnderWay = false;
      }
    },
  };
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
