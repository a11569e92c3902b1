/** Getting the image of a service that is not in the system. */
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import { encodeBase64 } from '../linux/base64.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { parseReference } from '../oci/reference.ts';
import { ServiceError } from './service-error.ts';

/** The account at a registry, for the field `X-Registry-Auth`; undefined without one. */
export function registryAuth({ rancher }: Config, image: string): string | undefined {
  const { domain } = parseReference(image);
  const accounts = rancher?.registry_auths ?? {};
  const account =
    accounts[domain] ?? (domain === 'docker.io' ? accounts['https://index.docker.io/v1/'] : undefined);
  if (account === undefined) return undefined;
  return encodeBase64(encodeUtf8(JSON.stringify(account)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_');
}

/** Pulls an image. Throws if the registry does not give it. */
export async function pullImage(
  client: Pick<EngineClient, 'pullImage'>,
  image: string,
  auth: string | undefined,
): Promise<void> {
  const messages = await client.pullImage(image, auth);
  for (let message = await messages.read(); message !== null; message = await messages.read()) {
    if (message.error !== undefined)
      throw new ServiceError(`its image ${image} cannot be pulled: ${message.error}`);
  }
}
