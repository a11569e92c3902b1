/**
 * Where definitions of services come from besides the configuration: repositories as RancherOS has them, URLs and files.
 * A repository holds `index.yml`, which lists names by kind, and `<first letter>/<name>.yml` for each of them.
 */

import { CLOUD_CONFIG_DIRECTORY } from '../config/config-files.ts';
import { isMap } from '../config/merge.ts';
import type { Config } from '../config/schema.ts';
import { parseYaml } from '../config/yaml.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { directoryOf, makeDirectories, readTextIfExists, writeFileAtomic } from '../linux/file.ts';
import { digestHex, digestOf, type NewSha256 } from '../oci/digest.ts';
import { openDownload } from '../registry/download.ts';
import { parseUrl } from '../registry/url.ts';
import { ServiceError, UnreachableError } from './service-error.ts';

/** What has been fetched, each file under the SHA-256 of its URL. */
const CACHE = '/var/lib/rancher/cache';
/** A file of definitions may be here, and nowhere else. */
const FILES = directoryOf(CLOUD_CONFIG_DIRECTORY);
/** Far more than any file of a repository has. */
const LARGEST_FILE = 1024 * 1024;

/**
 * How the network is used: `never`; for what is not in the cache; or for everything, with the cache as it was if that
 * fails.
 */
export type NetworkUse = 'never' | 'if absent' | 'refresh';

export interface Catalogue {
  /**
   * The definitions of a name, a URL or a path, in the form of a compose file.
   * @throws ServiceError which says where was looked; UnreachableError if trying again may help
   */
  definitions(name: string, use: NetworkUse): Promise<Readonly<Record<string, unknown>>>;
  /** Names of a kind (`services`, `consoles`, `engines`) in all repositories; and what is wrong, one line each. */
  list(kind: string, use: NetworkUse): Promise<{ names: string[]; problems: string[] }>;
}

/** The catalogue of the repositories in a configuration. */
export function openCatalogue({ rancher }: Config, newSha256: NewSha256): Catalogue {
  const urls = Object.values(rancher?.repositories ?? {}).flatMap(({ url }) => url ?? []);
  const repositories = urls.map((url) => url.replace(/\/+$/, ''));

  const read = async (url: string, use: NetworkUse): Promise<string> => {
    const path = /^(?:file:\/\/)?(\/.*)$/.exec(url)?.[1];
    if (path !== undefined) {
      const written = readTextIfExists(path);
      if (written === undefined) throw new ServiceError(`there is no file ${path}`);
      return written;
    }
    const cached = `${CACHE}/${digestHex(digestOf(encodeUtf8(url), newSha256))}`;
    const known = readTextIfExists(cached);
    if (use === 'never' || (use === 'if absent' && known !== undefined)) {
      if (known === undefined) throw new ServiceError(`${url} has not been fetched yet`);
      return known;
    }
    try {
      const fetched = await download(url);
      parseYaml(fetched, url); // what is no YAML may be the page of a proxy, and must not stay
      makeDirectories(CACHE, 0o755);
      writeFileAtomic(cached, fetched);
      return fetched;
    } catch (error) {
      if (known !== undefined) return known;
      throw new UnreachableError(`${url}: ${errorMessage(error)}`);
    }
  };

  return {
    async definitions(name, use) {
      const failures: unknown[] = [];
      for (const url of urlsOf(name, repositories)) {
        try {
          return servicesOf(parseYaml(await read(url, use), url), url);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length === 0) throw new ServiceError('there are no rancher.repositories');
      const isUnreachable = failures.some((failure) => failure instanceof UnreachableError);
      const message = failures.map(errorMessage).join('; ');
      throw isUnreachable ? new UnreachableError(message) : new ServiceError(message);
    },
    async list(kind, use) {
      const names: string[] = [];
      const problems: string[] = [];
      for (const repository of repositories) {
        try {
          const url = `${repository}/index.yml`;
          const index = parseYaml(await read(url, use), url);
          const listed = isMap(index) ? index[kind] : undefined;
          if (Array.isArray(listed)) names.push(...listed.map(String));
        } catch (error) {
          problems.push(errorMessage(error));
        }
      }
      return { names: [...new Set(names)].sort(), problems };
    },
  };
}

/** Whether a word names a place rather than an entry of a repository. */
export function isPlace(name: string): boolean {
  return /^(?:https?:\/\/|file:\/\/|\/)/.test(name);
}

function urlsOf(name: string, repositories: readonly string[]): string[] {
  if (!isPlace(name)) return repositories.map((url) => `${url}/${name.slice(0, 1)}/${name}.yml`);
  const path = /^(?:file:\/\/)?(\/.*)$/.exec(name)?.[1];
  if (path !== undefined && (!path.startsWith(`${FILES}/`) || path.includes('/../'))) {
    throw new ServiceError(`${name}: Service should be in path ${FILES}`);
  }
  return [name];
}

/** A compose file of version 1 is the map of services itself. */
function servicesOf(document: unknown, url: string): Readonly<Record<string, unknown>> {
  const services = isMap(document) && isMap(document['services']) ? document['services'] : document;
  if (!isMap(services)) throw new ServiceError(`${url}: expected a map of services`);
  return services;
}

async function download(url: string): Promise<string> {
  const transfer = openDownload(parseUrl(url));
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let part = await transfer.read(); part !== null; part = await transfer.read()) {
      size += part.length;
      if (size > LARGEST_FILE) throw new ServiceError('it has more than 1 MB');
      parts.push(part);
    }
    return decodeUtf8(concatBytes(parts));
  } finally {
    transfer.close();
  }
}
