/**
 * What a cloud says about a machine. The file is that of RancherOS: Go's names of the fields, in lower case
 * (rancher/os: config/cloudinit/datasource/datasource.go).
 */
import { ConfigError } from './config-error.ts';
import { isMap, type YamlMap } from './merge.ts';

export interface Metadata {
  readonly hostname: string;
  /** By the names that the cloud gives them. */
  readonly sshKeys: ReadonlyMap<string, string>;
  /** The disk that the system lies on, which is to grow. */
  readonly rootDisk: string;
  /** By the names of the variables that stand for them. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** The variables, and the fields that hold their values. */
const ADDRESS_FIELDS = {
  public_ipv4: 'publicipv4',
  private_ipv4: 'privateipv4',
  public_ipv6: 'publicipv6',
  private_ipv6: 'privateipv6',
} as const;

/**
 * Reads the parsed file. Fields of other types count as absent, and addresses that are none too: a document must not be
 * changed by more than an address.
 * @throws ConfigError if it is no map
 */
export function parseMetadata(value: unknown, file: string): Metadata {
  if (!isMap(value)) throw new ConfigError(file, 'the document is not a map of keys');
  const text = (field: string) => (typeof value[field] === 'string' ? value[field] : '');
  const keys = isMap(value['sshpublickeys']) ? Object.entries(value['sshpublickeys']) : [];
  const addresses = Object.entries(ADDRESS_FIELDS).map(([name, field]) => [name, text(field)] as const);
  return {
    hostname: text('hostname'),
    sshKeys: new Map(keys.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    rootDisk: text('rootdisk'),
    addresses: new Map(addresses.filter(([, address]) => /^[\da-f.:]+$/i.test(address))),
  };
}

/** The text with addresses in the place of `$public_ipv4` and the like; a backslash before it keeps it as it is. */
export function fillInAddresses(text: string, { addresses }: Metadata): string {
  const variable = /(\\?)\$((?:public|private)_ipv[46])\b/g;
  return text.replace(variable, (_, backslash: string, name: string) =>
    backslash === '' ? (addresses.get(name) ?? '') : `$${name}`,
  );
}

/** What metadata adds to a configuration: a host name and a disk if there is none yet, and ssh keys to those there are. */
export function metadataSource(metadata: Metadata, config: YamlMap): YamlMap {
  const { hostname, rootDisk } = metadata;
  const rancher = isMap(config['rancher']) ? config['rancher'] : {};
  const keys = Array.isArray(config['ssh_authorized_keys']) ? config['ssh_authorized_keys'] : [];
  const sorted = [...metadata.sshKeys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
  const needsDisk = rootDisk !== '' && rancher['resize_device'] == null;
  return {
    ...(hostname !== '' && !config['hostname'] ? { hostname } : {}),
    ...(sorted.length > 0 ? { ssh_authorized_keys: [...new Set([...keys, ...sorted])] } : {}),
    ...(needsDisk ? { rancher: { resize_device: rootDisk } } : {}),
  };
}
