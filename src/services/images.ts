/** The images of services. */
import type { Config } from '../config/schema.ts';

/** Of all services and those of the bootstrap, sorted, with the variables that `rancher.environment` has. */
export function imagesOf({ rancher }: Config): string[] {
  const environment = new Map(Object.entries(rancher?.environment ?? {}));
  const services = { ...rancher?.bootstrap, ...rancher?.cloud_init_services, ...rancher?.services };
  const images = Object.values(services).flatMap(({ image }) => (typeof image === 'string' ? [image] : []));
  const filled = images.map((image) =>
    image.replace(/\$\{(\w+)\}/g, (variable, name: string) => environment.get(name) ?? variable),
  );
  return [...new Set(filled)].sort();
}
