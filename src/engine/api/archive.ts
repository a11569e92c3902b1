/** `/containers/{id}/archive` and `/changes` of the Engine API. */
import { acceptsEncoding } from '../../http/message.ts';
import { queryFlag, queryValue } from '../../http/query.ts';
import type { Route, RouteContext } from '../../http/router.ts';
import { encodeBase64 } from '../../linux/base64.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { publishContainerEvent } from '../containers/container-events.ts';
import type { Engine } from '../engine.ts';
import { invalidParameter } from '../errors.ts';
import { writeContainerChanges } from '../files/container-changes.ts';
import {
  type ContainerPath,
  readContainerPath,
  statContainerPath,
  writeContainerPath,
} from '../files/container-files.ts';

const TEMPLATE = '/containers/{id}/archive';

/** All routes about the files of containers. */
export function archiveRoutes(engine: Engine): Route[] {
  const placeOf = ({ params, query }: RouteContext): ContainerPath => {
    const reference = params['id'] ?? '';
    const path = queryValue(query, 'path') ?? '';
    if (path === '') throw invalidParameter("bad format. path: cannot be empty: invalid 'path' parameter");
    return { container: engine.containers.get(reference), reference, path };
  };
  const describe = async (place: ContainerPath, { response }: RouteContext) => {
    const status = await statContainerPath(engine, place);
    response.setHeader('X-Docker-Container-Path-Stat', encodeBase64(encodeUtf8(JSON.stringify(status))));
  };
  return [
    {
      method: 'GET',
      template: '/containers/{id}/changes',
      handler: async ({ params, response }) => {
        const container = engine.containers.get(params['id'] ?? '');
        await writeContainerChanges(engine, container, async (json) => {
          if (!response.isStarted) await response.startChunked();
          await response.write(json);
        });
        await response.end();
      },
    },
    {
      method: 'HEAD',
      template: TEMPLATE,
      handler: async (context) => {
        await describe(placeOf(context), context);
        await context.response.end();
      },
    },
    {
      method: 'GET',
      template: TEMPLATE,
      handler: async (context) => {
        const place = placeOf(context);
        const { response } = context;
        await describe(place, context);
        const compression = acceptsEncoding(context.request.headers, 'gzip') ? 'gzip' : 'none';
        if (compression === 'gzip') response.setHeader('Content-Encoding', compression);
        await readContainerPath(engine, place, compression, async (bytes) => {
          if (!response.isStarted) await response.startChunked('application/x-tar');
          await response.write(bytes);
        });
        publishContainerEvent(engine, place.container, 'archive-path');
        await response.end();
      },
    },
    {
      method: 'PUT',
      template: TEMPLATE,
      handler: async (context) => {
        const place = placeOf(context);
        const { query, request, response } = context;
        const options = {
          keepsDirectories: queryFlag(query, 'noOverwriteDirNonDir'),
          toContainerUser: queryFlag(query, 'copyUIDGID'),
        };
        await writeContainerPath(engine, place, options, () => request.read());
        publishContainerEvent(engine, place.container, 'extract-to-dir');
        await response.end();
      },
    },
  ];
}
