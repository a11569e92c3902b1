/**
 * Links of containers on the default bridge, where nobody answers for names: `docker run --link`. A container that has one
 * finds the other in its `/etc/hosts` and by variables. On networks of users links are names that the engine's server
 * knows.
 */

import type { HostConfig } from '../../oci/container-config.ts';
import { joinedContainer } from '../../oci/namespaces.ts';
import type { Container, ContainerRecord } from '../containers/container.ts';
import type { ContainerRegistry } from '../containers/registry.ts';
import { conflict, EngineError, invalidParameter, notFound } from '../errors.ts';
import type { Endpoint } from './endpoint.ts';
import { linkEnvironment } from './link-environment.ts';
import { parseLink } from './link-format.ts';
import { exposedPorts } from './port-bindings.ts';

/** What `container.json` keeps. */
export interface Link {
  readonly alias: string;
  readonly containerId: string;
}

/** One whose other container exists. */
export interface ResolvedLink {
  /** Such as `/shop/db`. */
  readonly name: string;
  readonly alias: string;
  readonly container: Container;
}

const DEFAULT_BRIDGE = 'bridge';

/** The links that a create request asks for. Throws 400 in Docker's words. */
export function requestedLinks(containers: ContainerRegistry, { NetworkMode, Links }: HostConfig): Link[] {
  if (!Links?.length) return [];
  const wishes = Links.map(parseLink);
  if (NetworkMode !== DEFAULT_BRIDGE) return [];
  return wishes.map(({ target, alias }) => ({ alias, containerId: linkTarget(containers, target).id }));
}

/** A container whose network is another's is reached as that one. */
function linkTarget(containers: ContainerRegistry, reference: string): Container {
  const target = containers.find(reference);
  // Not 404: clients would take the image to be missing.
  if (target === undefined) {
    throw invalidParameter(`could not get container for ${reference}: No such container: ${reference}`);
  }
  const { NetworkMode } = target.record.hostConfig;
  const donor = joinedContainer(NetworkMode);
  if (donor !== undefined) return linkTarget(containers, donor);
  if (NetworkMode === 'host') {
    throw invalidParameter(
      "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
    );
  }
  return target;
}

/** The links of a container, without those to containers that are gone. */
export function linksOf(
  containers: ContainerRegistry,
  { name, links = [] }: ContainerRecord,
): ResolvedLink[] {
  return links.flatMap(({ alias, containerId }) => {
    const container = containers.find(containerId);
    return container === undefined ? [] : [{ name: `/${name}/${alias}`, alias, container }];
  });
}

/** By the ids of containers, the names that links of others give them, such as `/shop/db`. */
export function linkedNames(containers: ContainerRegistry): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { record } of containers.all()) {
    for (const { name, container } of linksOf(containers, record)) {
      names.set(container.id, [...(names.get(container.id) ?? []), name]);
    }
  }
  return names;
}

/** `HostConfig.Links` as inspect shows it, such as `/web:/shop/db`; null if there is none. */
export function describeLinks(containers: ContainerRegistry, record: ContainerRecord): string[] | null {
  const links = linksOf(containers, record);
  return links.length === 0
    ? null
    : links.map(({ container, name }) => `/${container.record.name}:${name}`).sort();
}

/** The variables for a container that starts. Throws 500 if one that it is linked to cannot be reached. */
export function environmentOfLinks(containers: ContainerRegistry, record: ContainerRecord): string[] {
  return usableLinks(containers, record).flatMap((link) => {
    const { config, hostConfig } = link.container.record;
    return linkEnvironment(link.name, {
      address: linkedEndpoint(link).ipv4.address,
      ports: exposedPorts(config, hostConfig),
      environment: config.Env ?? [],
    });
  });
}

/** Lines of `/etc/hosts` for a container that starts. Throws 500 if one that it is linked to cannot be reached. */
export function hostsOfLinks(containers: ContainerRegistry, record: ContainerRecord): string[] {
  return usableLinks(containers, record).flatMap((link) => {
    const { config, name } = link.container.record;
    const names = [...new Set([link.alias, config.Hostname ?? '', name])].filter(Boolean).join(' ');
    const { ipv4, ipv6 } = linkedEndpoint(link);
    return [ipv4, ...(ipv6 ? [ipv6] : [])].map(({ address }) => `${address}\t${names}\n`);
  });
}

/** Only who is on the default bridge itself has a use for them. */
function usableLinks(containers: ContainerRegistry, record: ContainerRecord): ResolvedLink[] {
  return record.networks[DEFAULT_BRIDGE]?.endpoint === undefined ? [] : linksOf(containers, record);
}

/** Throws 500 in Docker's words if it does not run, or is on other networks only. */
function linkedEndpoint({ name, container }: ResolvedLink): Endpoint {
  const { record } = container;
  const attachment = record.networks[DEFAULT_BRIDGE];
  if (attachment === undefined) {
    throw new EngineError(
      500,
      `Cannot link to /${record.name}, as it does not belong to the default network`,
    );
  }
  if (attachment.endpoint === undefined || !container.isAlive) {
    throw new EngineError(500, `Cannot link to a non running container: /${record.name} AS ${name}`);
  }
  return attachment.endpoint;
}

/** Forgets a link by its name, such as `shop/db`. Returns whose it was. Throws 404 or 409 in Docker's words. */
export function removeLink(containers: ContainerRegistry, name: string): { owner: Container; alias: string } {
  const [, ownerName = '', alias = ''] = /^\/?(.*)\/([^/]*)$/.exec(name) ?? [];
  if (ownerName === '') throw conflict('Conflict, cannot remove the default link name of the container');
  const owner = containers.find(ownerName);
  const { links = [] } = owner?.record ?? {};
  if (owner === undefined || !links.some((link) => link.alias === alias)) {
    throw notFound(`No such container: ${name}`);
  }
  owner.record.links = links.filter((link) => link.alias !== alias);
  containers.save(owner);
  return { owner, alias };
}
