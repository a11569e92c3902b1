import type { Engine } from '../engine.ts';
import type { Image } from '../images/image.ts';

/** Events about an image carry its labels and what it was called, by default its id. */
export function publishImageEvent(
  engine: Pick<Engine, 'events'>,
  image: Image,
  action: string,
  name: string = image.id,
): void {
  engine.events.publish('image', action, image.id, { ...image.labels, name });
}
