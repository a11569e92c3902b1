/**
 * OpenStack's config drive and its metadata service, which have the same files (docs.openstack.org/nova, "Metadata
 * service", "Config drives").
 */
import { isMap } from '../config/merge.ts';
import { parseYaml } from '../config/yaml.ts';
import { decodeUtf8, encodeUtf8 } from '../linux/bytes.ts';
import { type FetchedData, field, sshKeysOf, textField, withoutEmpty } from './fetched-data.ts';
import { OPENSTACK_FILES } from './files.ts';
import { networkFromOpenStack } from './network-data.ts';

const [META_DATA, USER_DATA, VENDOR_DATA, NETWORK_DATA] = OPENSTACK_FILES;

/**
 * @param files the contents of those that are there
 * @throws ConfigError if a document is malformed
 */
export function parseConfigDrive(source: string, files: ReadonlyMap<string, Uint8Array>): FetchedData {
  const document = (name: string) => {
    const bytes = files.get(name);
    return bytes === undefined ? undefined : parseYaml(decodeUtf8(bytes), `${name} of ${source}`);
  };
  const metadata = document(META_DATA);
  const userData = files.get(USER_DATA);
  const vendorData = vendorDataOf(document(VENDOR_DATA));
  const network = document(NETWORK_DATA);
  return {
    source,
    ...(userData && { userData }),
    ...(vendorData && { vendorData }),
    metadata: withoutEmpty({
      instanceId: textField(metadata, 'uuid'),
      hostname: textField(metadata, 'hostname') || textField(metadata, 'name'),
      sshKeys: sshKeysOf(field(metadata, 'public_keys')),
    }),
    ...(isMap(network) ? { network: networkFromOpenStack(network) } : {}),
  };
}

/** JSON of any kind; what is for cloud-init is the text below that name, or a text by itself. */
function vendorDataOf(document: unknown): Uint8Array | undefined {
  const text = textField(document, 'cloud-init') || textField(document);
  return text === '' ? undefined : encodeUtf8(text);
}
