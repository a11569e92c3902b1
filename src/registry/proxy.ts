/** Which proxy a request goes through, by the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go reads them. */
import { parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';
import { FormatError } from '../oci/errors.ts';
import { isInNetwork } from './networks.ts';
import { parseUrl, type Url } from './url.ts';

/** Gives the value of a variable. */
export type Environment = (name: string) => string | undefined;

/** The proxy for a URL; undefined if there is none. Throws FormatError if the variable holds no URL of a proxy. */
export function proxyFor(
  url: Pick<Url, 'scheme' | 'host' | 'port'>,
  environment: Environment,
): Url | undefined {
  const variable = url.scheme === 'https' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = environment(variable) || environment(variable.toLowerCase());
  if (!value || bypassesProxy(url, environment('NO_PROXY') || environment('no_proxy') || ''))
    return undefined;
  const proxy = parseUrl(value.includes('://') ? value : `http://${value}`);
  if (proxy.scheme === 'https')
    throw new FormatError(`${variable}: a proxy that is reached by https is not supported`);
  return proxy;
}

/** This machine is never reached by a proxy, and neither is what NO_PROXY lists. */
function bypassesProxy({ host, port }: Pick<Url, 'host' | 'port'>, noProxy: string): boolean {
  const name = host.toLowerCase();
  const address = parseAddress(name);
  if (name === 'localhost' || address?.[0] === 127 || name === '::1') return true;
  return noProxy.split(',').some((entry) => {
    const pattern = entry.trim().toLowerCase();
    if (pattern === '*') return true;
    if (pattern === '') return false;
    if (parsePrefixedAddress(pattern) !== undefined) return isInNetwork(name, pattern);
    const [, listed = pattern, listedPort] = /^([^:]+|\[[^\]]+\]):(\d+)$/.exec(pattern) ?? [];
    if (listedPort !== undefined && Number(listedPort) !== port) return false;
    if (listed === name) return true;
    const suffix = listed.replace(/^\*?\.?/, '.');
    // `.example.org` is about names below only, `example.org` about itself as well.
    return address === undefined && name.endsWith(suffix);
  });
}
