/** Events about a container carry its image, its name and its labels. */
import type { Engine } from '../engine.ts';
import type { Container } from './container.ts';

/** Publishes `action` of a container. */
export function publishContainerEvent(
  engine: Engine,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  const { id, name, config } = container.record;
  engine.events.publish('container', action, id, {
    ...config.Labels,
    image: config.Image ?? '',
    name,
    ...attributes,
  });
}
