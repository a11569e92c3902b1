/** Ping, version, info, events: the routes about the engine itself. */

import type { Route, RouteContext } from '../../http/router.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { systemName } from '../../linux/system-name.ts';
import type { Engine } from '../engine.ts';
import { serveDiskUsage } from './disk-usage.ts';
import { serveEvents } from './events.ts';
import { info } from './info.ts';
import { API_VERSION, ENGINE_VERSION, MINIMUM_API_VERSION } from './version.ts';

/** None: the same sources give the same bytes, whenever they are built. */
const BUILD_TIME = '1970-01-01T00:00:00.000000000+00:00';

/** All routes about the engine. */
export function systemRoutes(engine: Engine): Route[] {
  return [
    ...['GET', 'HEAD'].map((method) => ({ method, template: '/_ping', handler: ping })),
    {
      method: 'GET',
      template: '/version',
      handler: async ({ response }) => response.json(await version(engine)),
    },
    { method: 'GET', template: '/info', handler: ({ response }) => response.json(info(engine)) },
    { method: 'GET', template: '/system/df', handler: (context) => serveDiskUsage(engine, context) },
    { method: 'GET', template: '/events', handler: (context) => serveEvents(engine, context) },
  ];
}

async function ping({ response }: RouteContext): Promise<void> {
  response.setHeader('Builder-Version', '1');
  response.setHeader('Swarm', 'inactive');
  response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
  response.setHeader('Pragma', 'no-cache');
  await response.send(encodeUtf8('OK'), 'text/plain; charset=utf-8');
}

async function version({ options, runtime, host: { architecture } }: Engine) {
  const { release } = systemName();
  const crun = await runtime.version();
  const details = {
    ApiVersion: API_VERSION,
    Arch: architecture,
    BuildTime: BUILD_TIME,
    Experimental: 'false',
    GitCommit: options.version,
    GoVersion: 'none (QuickJS)',
    KernelVersion: release,
    MinAPIVersion: MINIMUM_API_VERSION,
    Os: 'linux',
  };
  return {
    Platform: { Name: `Paddock ${options.version}` },
    Components: [
      { Name: 'Engine', Version: ENGINE_VERSION, Details: details },
      { Name: 'crun', Version: crun.version, Details: { GitCommit: crun.commit } },
    ],
    Version: ENGINE_VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MINIMUM_API_VERSION,
    GitCommit: options.version,
    GoVersion: details.GoVersion,
    Os: 'linux',
    Arch: architecture,
    KernelVersion: release,
    BuildTime: BUILD_TIME,
  };
}
