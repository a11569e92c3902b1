/** What belongs to a swarm: this engine answers as one that is not part of any, which is what clients look for. */
import type { Route } from '../../http/router.ts';
import { EngineError, notImplemented } from '../errors.ts';

const NOT_A_MANAGER =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

/** Everything that only a manager answers. */
const MANAGED = ['/swarm', '/nodes', '/services', '/tasks', '/secrets', '/configs'];
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];

/** All routes about swarms. */
export function swarmRoutes(): Route[] {
  const refuse = (method: string, template: string, error: () => EngineError): Route => ({
    method,
    template,
    handler: async () => {
      throw error();
    },
  });
  const notAManager = () => new EngineError(503, NOT_A_MANAGER);
  return [
    ...['/swarm/init', '/swarm/join'].map((path) =>
      refuse('POST', path, () => notImplemented('swarm mode is not supported by this engine')),
    ),
    refuse('POST', '/swarm/leave', () => new EngineError(503, 'This node is not part of a swarm')),
    ...MANAGED.flatMap((path) =>
      METHODS.flatMap((method) =>
        [path, `${path}/{rest:.*}`].map((template) => refuse(method, template, notAManager)),
      ),
    ),
  ];
}
