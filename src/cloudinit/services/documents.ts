/** Metadata services that answer with one document. */
import { isMap } from '../../config/merge.ts';
import { decodeBase64 } from '../../linux/base64.ts';
import { encodeUtf8 } from '../../linux/bytes.ts';
import { parseConfigDrive } from '../config-drive.ts';
import { field, sshKeysOf, textField, withoutEmpty } from '../fetched-data.ts';
import { OPENSTACK_FILES } from '../files.ts';
import { networkFromConfig } from '../network-config.ts';
import { digitaloceanNetwork, packetNetwork, vultrNetwork } from './interfaces.ts';
import { getDocument, getText, type MetadataService, networkPart, userDataPart } from './service.ts';

const LINK_LOCAL = 'http://169.254.169.254/';

/** docs.digitalocean.com, "Metadata API". */
export const digitalocean: MetadataService = {
  url: LINK_LOCAL,
  firmware: /^DigitalOcean/,
  async fetch(get, url, source) {
    const document = await getDocument(get, `${url}metadata/v1.json`);
    if (document === undefined) return undefined;
    const address = (kind: 'public' | 'private', family: 'ipv4' | 'ipv6') =>
      textField(document, 'interfaces', kind, 0, family, 'ip_address');
    const vendorData = textField(document, 'vendor_data');
    return {
      source,
      ...userDataPart(encodeUtf8(textField(document, 'user_data'))),
      ...(vendorData !== '' && { vendorData: encodeUtf8(vendorData) }),
      metadata: withoutEmpty({
        instanceId: textField(document, 'droplet_id'),
        hostname: textField(document, 'hostname'),
        sshKeys: sshKeysOf(field(document, 'public_keys')),
        publicIpv4: address('public', 'ipv4'),
        privateIpv4: address('private', 'ipv4'),
        publicIpv6: address('public', 'ipv6'),
      }),
      ...networkPart(digitaloceanNetwork(document)),
    };
  },
};

/** docs.hetzner.com, "Server metadata"; user data lie beside the document. */
export const hetzner: MetadataService = {
  url: LINK_LOCAL,
  firmware: /^Hetzner/,
  async fetch(get, url, source) {
    const document = await getDocument(get, `${url}hetzner/v1/metadata`);
    if (!isMap(document)) return undefined;
    const vendorData = textField(document, 'vendor_data');
    const network = document['network-config'];
    return {
      source,
      ...userDataPart(await get(`${url}hetzner/v1/userdata`)),
      ...(vendorData !== '' && { vendorData: encodeUtf8(vendorData) }),
      metadata: withoutEmpty({
        instanceId: textField(document, 'instance-id'),
        hostname: textField(document, 'hostname'),
        sshKeys: sshKeysOf(document['public-keys']),
        publicIpv4: textField(document, 'public-ipv4'),
      }),
      ...(network == null ? {} : { network: networkFromConfig(network, `${url}hetzner/v1/metadata`) }),
    };
  },
};

/** docs.vultr.com, "Metadata API". */
export const vultr: MetadataService = {
  url: LINK_LOCAL,
  firmware: /^Vultr/,
  async fetch(get, url, source) {
    const document = await getDocument(get, `${url}v1.json`);
    if (!isMap(document)) return undefined;
    return {
      source,
      ...userDataPart(await get(`${url}latest/user-data`)),
      metadata: withoutEmpty({
        instanceId: textField(document, 'instance-v2-id') || textField(document, 'instanceid'),
        hostname: textField(document, 'hostname'),
        sshKeys: sshKeysOf(document['public-keys']),
        publicIpv4: textField(document, 'interfaces', 0, 'ipv4', 'address'),
        publicIpv6: textField(document, 'interfaces', 0, 'ipv6', 'address'),
      }),
      ...networkPart(vultrNetwork(document)),
    };
  },
};

/** deploy.equinix.com, "Metadata". */
export const packet: MetadataService = {
  url: 'https://metadata.packet.net/',
  firmware: /^Packet/,
  async fetch(get, url, source) {
    const document = await getDocument(get, `${url}metadata`);
    if (document === undefined) return undefined;
    const list = field(document, 'network', 'addresses');
    const address = (isPublic: boolean, family: number) =>
      textField(
        (Array.isArray(list) ? list : []).find(
          (entry) => field(entry, 'public') === isPublic && field(entry, 'address_family') === family,
        ),
        'address',
      );
    return {
      source,
      ...userDataPart(await get(`${url}userdata`)),
      metadata: withoutEmpty({
        instanceId: textField(document, 'id'),
        hostname: textField(document, 'hostname'),
        sshKeys: sshKeysOf(field(document, 'ssh_keys')),
        publicIpv4: address(true, 4),
        privateIpv4: address(false, 4),
        publicIpv6: address(true, 6),
      }),
      ...networkPart(packetNetwork(field(document, 'network'))),
    };
  },
};

const AZURE = { headers: { Metadata: 'true' } } as const;

/** learn.microsoft.com, "Azure Instance Metadata Service". */
export const azure: MetadataService = {
  url: `${LINK_LOCAL}metadata/`,
  // Other machines of Microsoft's hypervisor do not have this tag.
  firmware: /7783-7084-3265-9085-8269-3286-77/,
  async fetch(get, url, source) {
    const version = 'api-version=2021-02-01';
    const document = await getDocument(get, `${url}instance?${version}&format=json`, AZURE);
    if (document === undefined) return undefined;
    const userData =
      (await getText(get, `${url}instance/compute/userData?${version}&format=text`, AZURE)) ||
      (await getText(get, `${url}instance/compute/customData?${version}&format=text`, AZURE));
    const keys = field(document, 'compute', 'publicKeys');
    const address = (name: string) =>
      textField(document, 'network', 'interface', 0, 'ipv4', 'ipAddress', 0, name);
    return {
      source,
      ...userDataPart(decodeBase64((userData ?? '').replace(/\s/g, ''))),
      metadata: withoutEmpty({
        instanceId: textField(document, 'compute', 'vmId'),
        hostname: textField(document, 'compute', 'name'),
        sshKeys: sshKeysOf((Array.isArray(keys) ? keys : []).map((key) => textField(key, 'keyData'))),
        publicIpv4: address('publicIpAddress'),
        privateIpv4: address('privateIpAddress'),
      }),
    };
  },
};

const GCE = { headers: { 'Metadata-Flavor': 'Google' } } as const;

/** cloud.google.com, "About VM metadata". */
export const gce: MetadataService = {
  url: 'http://metadata.google.internal/',
  firmware: /Google Compute Engine/,
  async fetch(get, url, source) {
    const base = `${url}computeMetadata/v1/`;
    const instance = await getDocument(get, `${base}instance/?recursive=true`, GCE);
    if (instance === undefined) return undefined;
    const project = await getDocument(get, `${base}project/attributes/?recursive=true`, GCE);
    const attributes = field(instance, 'attributes');
    const isBlocked = textField(attributes, 'block-project-ssh-keys').toLowerCase() === 'true';
    const lists = [attributes, ...(isBlocked ? [] : [project])].flatMap((list) => [
      textField(list, 'ssh-keys'),
      textField(list, 'sshKeys'),
    ]);
    const keys = lists.flatMap((list) => list.split('\n')).map((line) => line.replace(/^[^\s:]*:/, ''));
    return {
      source,
      ...userDataPart(
        encodeUtf8(textField(attributes, 'user-data') || textField(attributes, 'startup-script')),
      ),
      metadata: withoutEmpty({
        instanceId: textField(instance, 'id'),
        hostname: textField(instance, 'hostname'),
        sshKeys: sshKeysOf(keys),
        publicIpv4: textField(instance, 'networkInterfaces', 0, 'accessConfigs', 0, 'externalIp'),
        privateIpv4: textField(instance, 'networkInterfaces', 0, 'ip'),
      }),
    };
  },
};

/** The files of a config drive, by HTTP. */
export const openstack: MetadataService = {
  url: LINK_LOCAL,
  firmware: /OpenStack|^OpenTelekomCloud|^Huawei Cloud/i,
  async fetch(get, url, source) {
    const files = new Map<string, Uint8Array>();
    for (const name of OPENSTACK_FILES) {
      const bytes = await get(`${url}${name}`);
      if (bytes !== undefined) files.set(name, bytes);
      else if (files.size === 0) return undefined; // without the first, it is none
    }
    return parseConfigDrive(source, files);
  },
};
