/** `docker rmi`: which names and images go, and what speaks against it, by Docker's rules and in its words. */
import { chainIds, type Digest } from '../../oci/digest.ts';
import { familiarName, idPrefix, parseReference, shortId } from '../../oci/reference.ts';
import { conflict } from '../errors.ts';
import type { Image } from './image.ts';
import { fullName, type ImageStore, isDigestReference } from './image-store.ts';

/** A container that was made from an image. */
export interface ImageUser {
  readonly id: string;
  readonly isRunning: boolean;
}

export interface RemoveOptions {
  /** Take away several names at once, and the last name although a stopped container uses the image. */
  readonly force: boolean;
  /** Leave the images without names that it was made from. */
  readonly keepsParents: boolean;
  readonly usedBy: (imageId: Digest) => readonly ImageUser[];
}

/** One line of the answer: a name that was taken away, or the id of an image or (as chain id) of a layer. */
export type Removal = { readonly Untagged: string } | { readonly Deleted: string };

/**
 * Removes what a person named: a name, and with its last name the image itself; or an image by id with its names.
 * An image that a container or another image was made from is never deleted: with `force` only its names go, and it
 * stays without one until the container is gone.
 */
export function removeImage(store: ImageStore, nameOrId: string, options: RemoveOptions): Removal[] {
  const image = store.get(nameOrId);
  const names = [...image.references, ...image.digestReferences];
  const users = options.usedBy(image.id);
  const isById = isIdOf(image.id, nameOrId);
  const [user] = users;
  if (!isById) {
    const name = fullName(nameOrId);
    const taken = [name, ...digestsOnlyFor(name, names)];
    const isLast = taken.length === names.length && !image.isSystem;
    if (isLast && user !== undefined && !options.force) {
      const reason = `container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`;
      throw conflict(
        `conflict: unable to remove repository reference "${nameOrId}" (must force) - ${reason}`,
      );
    }
    const removals: Removal[] = takeNames(store, taken);
    const isNeeded = user !== undefined || isNeededByImages(store, image.id);
    if (isLast && !isNeeded) removals.push(...deleteWithParents(store, image, options));
    return removals;
  }
  if (store.children().has(image.id)) {
    throw conflict(
      `conflict: unable to delete ${shortId(image.id)} (cannot be forced) - image has dependent child images`,
    );
  }
  if (store.holds.has(image.id)) {
    throw conflict(
      `conflict: unable to delete ${shortId(image.id)} (cannot be forced) - image is being used by an operation that is under way`,
    );
  }
  checkDeletable(image, users, options.force);
  const removals: Removal[] = takeNames(store, names);
  if (user === undefined) removals.push(...deleteWithParents(store, image, options));
  return removals;
}

/** Takes names away from their image. */
export function takeNames(store: ImageStore, names: readonly string[]): Removal[] {
  return names.map((name) => {
    store.removeName(name);
    return { Untagged: name };
  });
}

/** The digests that a repository has for an image, if the repository loses its last tag of it. */
function digestsOnlyFor(name: string, names: readonly string[]): string[] {
  const repository = familiarName(parseReference(name));
  const others = names.filter(
    (other) => other !== name && familiarName(parseReference(other)) === repository,
  );
  return isDigestReference(name) || !others.every(isDigestReference) ? [] : others;
}

/** Steps of a build go with the image that they led to. */
function deleteWithParents(store: ImageStore, image: Image, options: RemoveOptions): Removal[] {
  const parent = store.parentOf(image);
  const { removals } = deleteImage(store, image);
  if (parent === undefined || options.keepsParents || parent.isSystem) return removals;
  const isNeeded =
    parent.references.length + parent.digestReferences.length > 0 ||
    options.usedBy(parent.id).length > 0 ||
    isNeededByImages(store, parent.id);
  return isNeeded ? removals : [...removals, ...deleteWithParents(store, parent, options)];
}

/** Whether there are images that were made from this one, or are just being made. */
export function isNeededByImages(store: ImageStore, id: Digest): boolean {
  return store.holds.has(id) || store.children().has(id);
}

/** Deletes an image without names. Tells how many bytes of files are gone with it. */
export function deleteImage(store: ImageStore, image: Image): { removals: Removal[]; reclaimed: number } {
  const chain = chainIds(image.layers, host.sha256);
  const sizes = new Map(image.layers.map((diffId, index) => [diffId, image.layerSizes[index] ?? 0]));
  const gone = store.delete(image);
  const kept = new Set(store.ownImages().flatMap(({ layers }) => chainIds(layers, host.sha256)));
  const layers = chain.filter((chainId) => !kept.has(chainId)).reverse();
  return {
    removals: [image.id, ...layers].map((id) => ({ Deleted: id })),
    reclaimed: gone.reduce((sum, diffId) => sum + (sizes.get(diffId) ?? 0), 0),
  };
}

function checkDeletable(image: Image, users: readonly ImageUser[], force: boolean): void {
  const refuse = (mustOrCannot: string, reason: string) =>
    conflict(`conflict: unable to delete ${shortId(image.id)} (${mustOrCannot} be forced) - ${reason}`);
  if (image.isSystem) throw refuse('cannot', 'image is part of the operating system');
  const running = users.find(({ isRunning }) => isRunning);
  if (running !== undefined) {
    throw refuse('cannot', `image is being used by running container ${shortId(running.id)}`);
  }
  const repositories = [...image.references, ...image.digestReferences].map((name) =>
    familiarName(parseReference(name)),
  );
  if (!force && (image.references.length > 1 || new Set(repositories).size > 1)) {
    throw refuse('must', 'image is referenced in multiple repositories');
  }
  const [stopped] = users;
  if (stopped === undefined) return;
  const reason = `image is being used by stopped container ${shortId(stopped.id)}`;
  if (!force) throw refuse('must', reason);
  if (repositories.length === 0) throw refuse('cannot', reason);
}

/** Whether what a person wrote is the image's id or its beginning, and not a name that looks like one. */
function isIdOf(id: Digest, text: string): boolean {
  const prefix = idPrefix(text);
  return prefix !== undefined && id.startsWith(`sha256:${prefix}`);
}
