/** `POST /commit` and `GET /containers/{id}/export`. */
import { queryFlag, queryValue } from '../../http/query.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { Route } from '../../http/router.ts';
import { type ContainerConfig, parseContainerConfig } from '../../oci/container-config.ts';
import { parseReference } from '../../oci/reference.ts';
import { commitContainer } from '../containers/commit.ts';
import { exportContainer } from '../containers/export.ts';
import type { Engine } from '../engine.ts';
import { publishImageEvent } from './image-events.ts';
import { changesOf } from './import.ts';
import { hasBody, readJsonBody } from './json-body.ts';

/** Containers as images and as archives. */
export function commitRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      template: '/commit',
      handler: async ({ query, request, response }) => {
        const value = (name: string) => queryValue(query, name) ?? '';
        const container = engine.containers.get(value('container'));
        if (value('repo') !== '') parseReference(value('repo'));
        const image = await commitContainer(engine, container, {
          config: await readConfig(request),
          changes: changesOf(query),
          author: value('author'),
          comment: value('comment'),
          pause: queryFlag(query, 'pause', true),
        });
        if (value('repo') !== '') {
          const name = engine.images.tag(image, value('repo'), value('tag'));
          publishImageEvent(engine, image, 'tag', name);
        }
        response.status = 201;
        await response.json({ Id: image.id });
      },
    },
    {
      method: 'GET',
      template: '/containers/{id}/export',
      handler: async ({ params, response }) => {
        const container = engine.containers.get(params['id'] ?? '');
        await exportContainer(engine, container, async (bytes) => {
          if (!response.isStarted) await response.startChunked('application/octet-stream');
          await response.write(bytes);
        });
      },
    },
  ];
}

/** The body may be missing. */
async function readConfig(request: HttpRequest): Promise<ContainerConfig> {
  return hasBody(request) ? parseContainerConfig(await readJsonBody(request)) : {};
}
