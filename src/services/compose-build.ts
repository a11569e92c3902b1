/** `build`: the image of a service, made from a Dockerfile; of version 1 and of today's compose files. */
import { isMap } from '../config/merge.ts';
import { flag, list, listOrText, size, text, textMap } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/** What is built. The names are those of the query of `POST /build`, but for the context. */
export interface ServiceBuild {
  /** A folder of the machine, or the URL of an archive, of a Dockerfile or of a repository. */
  readonly context: string;
  readonly options: BuildOptions;
}

type BuildOptions = Readonly<Record<string, string | number | boolean>>;

const READERS: Readonly<Record<string, (value: unknown, place: string) => BuildOptions>> = {
  dockerfile: (value, place) => ({ dockerfile: text(value, place) }),
  args: (value, place) => ({ buildargs: JSON.stringify(textMap(value, place)) }),
  labels: (value, place) => ({ labels: JSON.stringify(textMap(value, place)) }),
  cache_from: (value, place) => ({ cachefrom: JSON.stringify(list(value, place)) }),
  extra_hosts: (value, place) => ({ extrahosts: listOrText(value, place).join(',') }),
  network: (value, place) => ({ networkmode: text(value, place) }),
  no_cache: (value, place) => ({ nocache: flag(value, place) }),
  pull: (value, place) => ({ pull: flag(value, place) }),
  shm_size: (value, place) => ({ shmsize: size(value, place) }),
  target: (value, place) => ({ target: text(value, place) }),
};

/**
 * Reads `build`, and `dockerfile` beside it, as version 1 has it.
 * @returns undefined if there is nothing to build
 * @throws ServiceError
 */
export function serviceBuild(
  definition: Readonly<Record<string, unknown>>,
  warnings: string[],
): ServiceBuild | undefined {
  const { build, dockerfile, image } = definition;
  if (build == null) {
    if (dockerfile != null) warnings.push('dockerfile: ignored: there is no build');
    return undefined;
  }
  const { context: where, ...keys } = isMap(build) ? build : { context: build };
  const context = text(where ?? '', 'build.context');
  // A definition lies in no folder, so that a path says nothing unless it is whole.
  if (!/^(?:\/|[a-z][a-z0-9+.-]*:\/\/)/.test(context)) {
    const expected = `build.context: expected an absolute path or a URL, got "${context}"`;
    if (image == null) throw new ServiceError(expected);
    warnings.push(`${expected}; image is pulled`);
    return undefined;
  }
  const options: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries({ dockerfile, ...keys })) {
    const read = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
    if (read === undefined) warnings.push(`build.${key}: not supported, ignored`);
    else if (value != null) Object.assign(options, read(value, `build.${key}`));
  }
  return { context, options };
}
