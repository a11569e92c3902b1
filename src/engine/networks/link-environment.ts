/** Variables by which a container finds one that it is linked to (`docker run --link`). A pure function. */
import type { ContainerPort } from './port-bindings.ts';

/** The other container. */
export interface LinkTarget {
  readonly address: string;
  readonly ports: readonly ContainerPort[];
  /** Its `Env`. */
  readonly environment: readonly string[];
}

/** Of images rather than of services. */
const LEFT_OUT = ['HOME', 'PATH'];

/**
 * The variables, named as in Docker, such as `DB_PORT_5432_TCP_ADDR`.
 * @param name the whole name of the link, such as `/shop/db`
 */
export function linkEnvironment(name: string, { address, ports, environment }: LinkTarget): string[] {
  const prefix = name
    .slice(name.lastIndexOf('/') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  const sorted = [...ports].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
  const url = ({ port, protocol }: ContainerPort) => `${protocol}://${address}:${port}`;
  const perPort = sorted.flatMap((each) => {
    const start = `${prefix}_PORT_${each.port}_${each.protocol.toUpperCase()}`;
    return [
      `${start}=${url(each)}`,
      `${start}_ADDR=${address}`,
      `${start}_PORT=${each.port}`,
      `${start}_PROTO=${each.protocol}`,
    ];
  });
  const own = environment.filter(
    (entry) => entry.includes('=') && !LEFT_OUT.includes(entry.split('=')[0] ?? ''),
  );
  const [first] = sorted;
  return [
    ...(first === undefined ? [] : [`${prefix}_PORT=${url(first)}`]),
    ...perPort,
    `${prefix}_NAME=${name}`,
    ...own.map((entry) => `${prefix}_ENV_${entry}`),
  ];
}
