/** NoCloud (cloudinit.readthedocs.io, "NoCloud"): four files, on a volume with the label `cidata` or below a URL. */
import { isMap } from '../config/merge.ts';
import { parseYaml } from '../config/yaml.ts';
import { decodeUtf8 } from '../linux/bytes.ts';
import { type FetchedData, sshKeysOf, textField, withoutEmpty } from './fetched-data.ts';
import { networkFromConfig } from './network-config.ts';

/**
 * @param files the contents of those that are there
 * @throws ConfigError if one of the two documents among them is no YAML
 */
export function parseNoCloud(source: string, files: ReadonlyMap<string, Uint8Array>): FetchedData {
  const document = (name: string) => {
    const bytes = files.get(name);
    return bytes === undefined ? undefined : parseYaml(decodeUtf8(bytes), `${name} of ${source}`);
  };
  const metadata = document('meta-data');
  const network = document('network-config');
  const [userData, vendorData] = [files.get('user-data'), files.get('vendor-data')];
  return {
    source,
    ...(userData && { userData }),
    ...(vendorData && { vendorData }),
    metadata: withoutEmpty({
      instanceId: textField(metadata, 'instance-id'),
      hostname: textField(metadata, 'local-hostname') || textField(metadata, 'hostname'),
      sshKeys: isMap(metadata) ? sshKeysOf(metadata['public-keys'] ?? metadata['public_keys']) : {},
    }),
    ...(network == null ? {} : { network: networkFromConfig(network, `network-config of ${source}`) }),
  };
}
