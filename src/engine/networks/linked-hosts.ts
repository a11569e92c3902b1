/** Keeps `/etc/hosts` of running containers right when a container that they are linked to moves, or a link is removed. */
import type { Container } from '../containers/container.ts';
import { etcFilePaths } from '../containers/etc-files.ts';
import { changeAddressInHostsFile, removeNameFromHostsFile } from '../containers/hosts-file.ts';
import type { Engine } from '../engine.ts';
import { removeLink } from './links.ts';

/** Tells those who have a link to a container that has just got an address on the default bridge. */
export function updateLinkedHosts(engine: Engine, { id, record }: Container): void {
  const address = record.networks['bridge']?.endpoint?.ipv4.address;
  if (address === undefined) return;
  for (const owner of engine.containers.all()) {
    if (!owner.isAlive) continue;
    for (const { alias, containerId } of owner.record.links ?? []) {
      if (containerId === id) changeAddressInHostsFile(etcFilePaths(engine, owner).hosts, alias, address);
    }
  }
}

/** `docker rm --link`. */
export function removeLinkByRequest(engine: Engine, name: string): void {
  const { owner, alias } = removeLink(engine.containers, name);
  if (owner.isAlive) removeNameFromHostsFile(etcFilePaths(engine, owner).hosts, alias);
}
