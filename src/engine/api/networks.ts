/** `/networks/…` of the Engine API. */
import * as v from 'valibot';
import type { Route, RouteContext } from '../../http/router.ts';
import { checkValue } from '../../oci/json.ts';
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import { EngineError, invalidParameter } from '../errors.ts';
import { connectContainer, disconnectContainer } from '../networks/connect.ts';
import { endpointSettingsSchema } from '../networks/endpoint.ts';
import { membersOf } from '../networks/members.ts';
import { isDefaultNetwork, type Network } from '../networks/network.ts';
import { type Filters, parseFilters } from './filters.ts';
import { readJsonBody } from './json-body.ts';
import { networkAnswer } from './network-answers.ts';
import { pastTime } from './past-time.ts';

const connectRequest = v.object({
  Container: v.string(),
  EndpointConfig: v.nullish(endpointSettingsSchema),
});
const disconnectRequest = v.object({ Container: v.string(), Force: v.nullish(v.boolean()) });

/** All routes about networks. */
export function networkRoutes(engine: Engine): Route[] {
  const { networks } = engine;
  const route = (
    method: string,
    template: string,
    handler: (network: Network, context: RouteContext) => Promise<void>,
  ): Route => ({
    method,
    template,
    handler: async (context) => handler(networks.get(context.params['id'] ?? ''), context),
  });
  return [
    ...['/networks', '/networks/'].map((template) => ({
      method: 'GET',
      template,
      handler: async ({ query, response }: RouteContext) => {
        const selected = selectNetworks(engine, parseFilters(query));
        await response.json(selected.map((network) => networkAnswer(network, [])));
      },
    })),
    {
      method: 'POST',
      template: '/networks/create',
      handler: async ({ request, response }) => {
        const network = networks.create(await readJsonBody(request));
        response.status = 201;
        await response.json({ Id: network.id, Warning: '' });
      },
    },
    {
      method: 'POST',
      template: '/networks/prune',
      handler: async ({ query, response }) => {
        const deleted = pruneNetworks(engine, parseFilters(query));
        await response.json({ NetworksDeleted: deleted.length === 0 ? null : deleted });
      },
    },
    route('GET', '/networks/{id}', (network, { response }) =>
      response.json(networkAnswer(network, engine.containers.all())),
    ),
    route('DELETE', '/networks/{id}', async (network, { response }) => {
      removeNetwork(engine, network);
      response.status = 204;
      await response.end();
    }),
    route('POST', '/networks/{id}/connect', async (network, { request, response }) => {
      const body = checkValue(connectRequest, await readJsonBody(request), 'connect request');
      const container = engine.containers.get(body.Container);
      await connectContainer(engine, network, container, body.EndpointConfig ?? {});
      await response.end();
    }),
    route('POST', '/networks/{id}/disconnect', async (network, { request, response }) => {
      const body = checkValue(disconnectRequest, await readJsonBody(request), 'disconnect request');
      await disconnectContainer(engine, network, engine.containers.get(body.Container));
      await response.end();
    }),
  ];
}

/** The containers that run on a network, or will when they start. */
function usersOf(engine: Engine, { id, name }: Network): Container[] {
  return engine.containers
    .all()
    .filter(({ record }) =>
      Object.entries(record.networks).some(
        ([key, { networkId }]) => networkId === id || (networkId === '' && key === name),
      ),
    );
}

function removeNetwork(engine: Engine, network: Network): void {
  if (!isDefaultNetwork(network)) {
    const members = membersOf(network, engine.containers.all());
    if (members.length > 0) {
      const list = members.map(
        ({ container, endpoint }) => `name:"${container.record.name}" id:"${endpoint.id.slice(0, 12)}"`,
      );
      throw new EngineError(
        403,
        `error while removing network: network ${network.name} has active endpoints (${list.join(', ')})`,
      );
    }
  }
  engine.networks.remove(network);
}

function selectNetworks(engine: Engine, filters: Filters): Network[] {
  filters.accept(['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
  for (const type of filters.values('type')) {
    if (type !== 'custom' && type !== 'builtin') {
      throw new EngineError(400, `invalid filter: 'type'='${type}'`);
    }
  }
  const isDangling = danglingFlag(filters);
  return engine.networks
    .list()
    .filter(
      (network) =>
        filters.matchesPattern('name', network.name) &&
        filters.matchesPattern('id', network.id) &&
        filters.matches('driver', (driver) => driver === network.driver) &&
        filters.matches('scope', (scope) => scope === 'local') &&
        filters.matches('type', (type) => (type === 'builtin') === isDefaultNetwork(network)) &&
        filters.matchesLabels(network.labels) &&
        (isDangling === undefined ||
          isDangling ===
            (!isDefaultNetwork(network) && membersOf(network, engine.containers.all()).length === 0)),
    );
}

/** The filter `dangling`, whose mistakes have other words here than elsewhere. */
function danglingFlag(filters: Filters): boolean | undefined {
  const values = filters.values('dangling');
  if (values.length > 1) throw invalidParameter('got more than one value for filter key "dangling"');
  if (values.every((value) => ['0', '1', 'false', 'true'].includes(value))) return filters.flag('dangling');
  throw invalidParameter(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`);
}

/** Removes the networks of clients that no container has. Returns their names. */
function pruneNetworks(engine: Engine, filters: Filters): string[] {
  filters.accept(['label', 'label!', 'until']);
  filters.takeOne('until');
  const until = filters.values('until').map(pastTime);
  const isExcluded = ({ labels }: Network) =>
    filters.values('label!').some((label) => {
      const [name = '', value] = label.split('=');
      return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
    });
  const unused = engine.networks
    .list()
    .filter(
      (network) =>
        !isDefaultNetwork(network) &&
        filters.matchesLabels(network.labels) &&
        !isExcluded(network) &&
        until.every((time) => Date.parse(network.created) / 1000 < time) &&
        usersOf(engine, network).length === 0,
    );
  for (const network of unused) removeNetwork(engine, network);
  return unused.map(({ name }) => name);
}
