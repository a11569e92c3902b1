import type { Config } from './schema.ts';

/**
 * The variables that services may ask for, and `ros env` gives: `rancher.environment`, and over it the proxies of
 * `rancher.network` in both of the forms that programs look for.
 */
export function configuredEnvironment({ rancher }: Config): Readonly<Record<string, string>> {
  return { ...rancher?.environment, ...proxyVariables(rancher?.network ?? {}) };
}

/** The variables for proxies: `http_proxy`, `HTTP_PROXY` and so on. */
export function proxyVariables(network: {
  readonly http_proxy?: string | null | undefined;
  readonly https_proxy?: string | null | undefined;
  readonly no_proxy?: string | null | undefined;
}): Record<string, string> {
  const { http_proxy, https_proxy, no_proxy } = network;
  const entries = Object.entries({ http_proxy, https_proxy, no_proxy });
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value ? [[name, value] as const, [name.toUpperCase(), value] as const] : [],
    ),
  );
}
