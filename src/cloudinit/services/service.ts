/** What the metadata services of clouds have in common. */
import type { YamlMap } from '../../config/merge.ts';
import { parseYaml } from '../../config/yaml.ts';
import { decodeUtf8 } from '../../linux/bytes.ts';
import type { FetchedData } from '../fetched-data.ts';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'PUT';
}

/**
 * Fetches a URL; undefined if the server says that there is no such thing (a status from 400 to 499).
 * Throws an Error if it does not answer well.
 */
export type Get = (url: string, options?: GetOptions) => Promise<Uint8Array | undefined>;

export interface MetadataService {
  /** Where it is, if the configuration does not say. */
  readonly url: string;
  /** What firmware says of a machine of this cloud: a pattern for the text of {@link firmwareText}. */
  readonly firmware?: RegExp;
  /**
   * @param url with a slash at its end
   * @returns undefined if what answers is not this service
   */
  fetch(get: Get, url: string, source: string): Promise<FetchedData | undefined>;
}

/** Several texts, and undefined for each that is not there. */
export async function getText(get: Get, url: string, options?: GetOptions): Promise<string | undefined> {
  const bytes = await get(url, options);
  return bytes === undefined ? undefined : decodeUtf8(bytes).trim();
}

/** A document in JSON or YAML. Throws ConfigError if it is malformed. */
export async function getDocument(get: Get, url: string, options?: GetOptions): Promise<unknown> {
  const text = await getText(get, url, options);
  return text === undefined ? undefined : parseYaml(text, url);
}

/** What there is of user data, in the form of a part of FetchedData. */
export function userDataPart(data: Uint8Array | undefined): Pick<FetchedData, 'userData'> {
  return data === undefined || data.length === 0 ? {} : { userData: data };
}

/** The same of the network, if anything is said about it. */
export function networkPart(network: YamlMap): Pick<FetchedData, 'network'> {
  return Object.keys(network).length === 0 ? {} : { network };
}
