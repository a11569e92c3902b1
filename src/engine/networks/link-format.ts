/** How links are written: `--link TARGET:ALIAS`. Pure functions. */
import { invalidParameter } from '../errors.ts';

export interface LinkRequest {
  /** The name or id of a container. */
  readonly target: string;
  /** By which name the container that has the link knows it. */
  readonly alias: string;
}

/** Reads `web:db`, `web`, or `/web:/shop/db` as `docker inspect` shows it. Throws 400 in Docker's words. */
export function parseLink(text: string): LinkRequest {
  if (text === '') throw invalidParameter('empty string specified for links');
  const [target = '', alias = target, ...rest] = text.split(':');
  if (rest.length > 0) throw invalidParameter(`bad format for links: ${text}`);
  return { target: target.replace(/^\//, ''), alias: alias.slice(alias.lastIndexOf('/') + 1) };
}
