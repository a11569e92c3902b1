/** Amazon's metadata service (docs.aws.amazon.com, "Instance metadata"), and those that are made like it. */
import { type FetchedMetadata, sshKeysOf, withoutEmpty } from '../fetched-data.ts';
import { type Get, getText, type MetadataService, userDataPart } from './service.ts';

/** Families of machines whose disk is an NVMe device. */
const NVME = /^(c5|c5d|i3\.metal|m5|m5d|r5|r5d|t3|z1d)/;

const TOKEN_SECONDS = '21600';

/** Version 2 asks with a token; a service that gives none is of version 1. */
export const ec2: MetadataService = {
  url: 'http://169.254.169.254/',
  firmware: /^(Amazon EC2|Xen .* amazon)/,
  async fetch(get, url, source) {
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS };
    const token = await getText(get, `${url}latest/api/token`, { method: 'PUT', headers }).catch(
      () => undefined,
    );
    const authorized: Get =
      token === undefined ? get : (at) => get(at, { headers: { 'X-aws-ec2-metadata-token': token } });
    if ((await getText(authorized, `${url}latest/meta-data/`)) === undefined) return undefined;
    const metadata = await readTree(authorized, `${url}latest/meta-data/`);
    const type = await getText(authorized, `${url}latest/meta-data/instance-type`);
    return {
      source,
      ...userDataPart(await authorized(`${url}latest/user-data`)),
      metadata: withoutEmpty({
        ...metadata,
        rootDisk: NVME.test(type ?? '') ? '/dev/nvme0n1' : '/dev/xvda',
      }),
    };
  },
};

/** Services with the paths of Amazon's first version below another folder. */
function similar(url: string, folder: string, firmware?: RegExp): MetadataService {
  return {
    url,
    ...(firmware && { firmware }),
    async fetch(get, base, source) {
      if ((await getText(get, `${base}${folder}/meta-data/`)) === undefined) return undefined;
      return {
        source,
        ...userDataPart(await get(`${base}${folder}/user-data`)),
        metadata: withoutEmpty(await readTree(get, `${base}${folder}/meta-data/`)),
      };
    },
  };
}

export const aliyun = similar('http://100.100.100.200/', '2016-01-01', /^Alibaba Cloud/);
export const exoscale = similar('http://169.254.169.254/', '1.0', /^\S* ?Exoscale/i);
/** Its router answers, which DHCP calls by this name. */
export const cloudstack = similar('http://data-server/', 'latest', /CloudStack/);

/** Host name, keys and addresses; what is not there is left out. */
async function readTree(get: Get, url: string): Promise<FetchedMetadata> {
  const text = async (name: string) => (await getText(get, `${url}${name}`)) ?? '';
  const hostname = (await text('local-hostname')) || (await text('hostname'));
  return {
    instanceId: await text('instance-id'),
    hostname: hostname.split(/\s/, 1)[0] ?? '',
    sshKeys: await readKeys(get, `${url}public-keys`),
    publicIpv4: await text('public-ipv4'),
    privateIpv4: await text('local-ipv4'),
    publicIpv6: await text('ipv6'),
  };
}

/** A list of `number=name`, each with its key below it, or else the keys themselves. */
async function readKeys(get: Get, url: string): Promise<Record<string, string>> {
  const list = (await getText(get, `${url}/`)) ?? (await getText(get, url)) ?? '';
  const names = list.split('\n').flatMap((line) => {
    const [, number, name] = /^(\d+)(?:=(.*)|\/?)$/.exec(line.trim()) ?? [];
    return number === undefined ? [] : [[number, name ?? number] as const];
  });
  if (names.length === 0) return sshKeysOf(list);
  const keys: string[] = [];
  for (const [number] of names) keys.push((await getText(get, `${url}/${number}/openssh-key`)) ?? '');
  return sshKeysOf(keys);
}
