/** `/plugins/…` of the Engine API: there are none, and none can be installed. */
import type { Route } from '../../http/router.ts';
import { notFound, notImplemented } from '../errors.ts';
import { parseFilters } from './filters.ts';

/** All routes about plugins. */
export function pluginRoutes(): Route[] {
  const refuseAll = async () => {
    throw notImplemented('plugins are not supported by this engine');
  };
  const unknown = (method: string, template: string): Route => ({
    method,
    template,
    handler: async ({ params }) => {
      throw notFound(`plugin "${params['name'] ?? ''}" not found`);
    },
  });
  return [
    {
      method: 'GET',
      template: '/plugins',
      handler: async ({ query, response }) => {
        const filters = parseFilters(query);
        filters.accept(['capability', 'enabled']);
        filters.flag('enabled');
        await response.json([]);
      },
    },
    { method: 'GET', template: '/plugins/privileges', handler: refuseAll },
    { method: 'POST', template: '/plugins/pull', handler: refuseAll },
    { method: 'POST', template: '/plugins/create', handler: refuseAll },
    unknown('GET', '/plugins/{name:.*}/json'),
    ...['enable', 'disable', 'set', 'upgrade', 'push'].map((action) =>
      unknown('POST', `/plugins/{name:.*}/${action}`),
    ),
    unknown('DELETE', '/plugins/{name:.*}'),
  ];
}
