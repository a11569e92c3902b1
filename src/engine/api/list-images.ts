/** `docker images` and its filters. */
import { pathMatches } from '../../oci/path-pattern.ts';
import { familiarName, parseReference } from '../../oci/reference.ts';
import type { Image } from '../images/image.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { Filters } from './filters.ts';
import { pastTime } from './past-time.ts';

const FILTERS = ['before', 'dangling', 'label', 'reference', 'since', 'until'];

/** An image that the filters select, with the names that they leave it. */
export interface SelectedImage {
  readonly image: Image;
  readonly references: readonly string[];
  readonly digestReferences: readonly string[];
}

/**
 * Images without a name that others were made from are steps on the way, and are shown only if `all` are asked for.
 * Throws 400 for filters that do not exist or make no sense, 404 for images that they name.
 */
export function selectImages(images: ImageStore, filters: Filters, all: boolean): SelectedImage[] {
  filters.accept(FILTERS);
  const matches = imageFilter(images, filters);
  const isDangling = filters.flag('dangling');
  const patterns = filters.values('reference');
  const children = images.children();
  return images.list().flatMap((image) => {
    const { references, digestReferences } = image;
    const hasName = references.length + digestReferences.length > 0;
    if (isDangling !== undefined && isDangling === hasName) return [];
    if (!hasName && !all && children.has(image.id)) return [];
    if (!matches(image)) return [];
    if (patterns.length === 0) return [{ image, references, digestReferences }];
    const isWanted = (reference: string) => patterns.some((pattern) => isMatch(reference, pattern));
    const selected = {
      image,
      references: references.filter(isWanted),
      digestReferences: digestReferences.filter(isWanted),
    };
    return selected.references.length + selected.digestReferences.length === 0 ? [] : [selected];
  });
}

/** Whether an image passes those filters that are not about its names. */
export function imageFilter(images: ImageStore, filters: Filters): (image: Image) => boolean {
  const before = filters.values('before').map((name) => images.get(name).created);
  const since = filters.values('since').map((name) => images.get(name).created);
  const until = filters.values('until').map(pastTime);
  return ({ created, labels }) =>
    before.every((time) => created < time) &&
    since.every((time) => created > time) &&
    until.every((time) => created < time) &&
    filters.matchesLabels(labels ?? {});
}

/** A pattern is about the whole reference or about the repository. */
function isMatch(reference: string, pattern: string): boolean {
  return pathMatches(pattern, reference) || pathMatches(pattern, familiarName(parseReference(reference)));
}
