/** Which datasources a machine has, and which of them answers. */
import { errorMessage } from '../../linux/error-report.ts';
import { sleep } from '../../linux/event-loop.ts';
import type { FetchedData, FetchedMetadata } from '../fetched-data.ts';
import { NOCLOUD_FILES } from '../files.ts';
import { parseNoCloud } from '../nocloud.ts';
import { noCloudSeeds } from '../nocloud-seed.ts';
import { azure, digitalocean, gce, hetzner, openstack, packet, vultr } from './documents.ts';
import { aliyun, cloudstack, ec2, exoscale } from './ec2.ts';
import { type Get, type MetadataService, userDataPart } from './service.ts';
import { fetchByTftp } from './tftp.ts';

/** By their words in `rancher.cloud_init.datasources`. */
const SERVICES: Readonly<Record<string, MetadataService>> = {
  aliyun,
  azure,
  cloudstack,
  digitalocean,
  ec2,
  exoscale,
  gce,
  hetzner,
  openstack,
  packet,
  vultr,
};

/** The word for the service of the cloud that firmware names. */
const DETECT = 'detect';
/** RancherOS's word for all that it knew. */
const ALL = '*';

export interface Datasource {
  /** For messages. */
  readonly name: string;
  readonly fetch: (get: Get) => Promise<FetchedData | undefined>;
}

/** What a machine knows by itself. */
export interface MachineFacts {
  /** Vendor, product and tag of the chassis, with blanks between them. */
  readonly firmware: string;
  /** The words of the kernel command line. */
  readonly kernelWords: string;
  /** The serial number, by which a hypervisor may name a seed. */
  readonly serial: string;
}

/**
 * The datasources that are reached over the network, in the order of the configuration.
 * @param words `rancher.cloud_init.datasources`: `NAME` or `NAME:URL`; `tftp:HOST[:PORT]/PATH`
 * @returns those, and a line for each word that nobody knows; media are left out
 */
export function networkDatasources(
  words: readonly string[],
  facts: MachineFacts,
): { datasources: Datasource[]; problems: string[] } {
  const datasources: Datasource[] = [];
  const problems: string[] = [];
  const add = (name: string, service: MetadataService, url = service.url) => {
    const base = url.endsWith('/') ? url : `${url}/`;
    datasources.push({ name, fetch: (get) => service.fetch(get, base, name) });
  };
  for (const word of words) {
    const [, kind = '', rest] = /^([^:]*)(?::(.*))?$/.exec(word.trim()) ?? [];
    const service = Object.hasOwn(SERVICES, kind) ? SERVICES[kind] : undefined;
    if (service !== undefined) add(kind, service, rest || service.url);
    else if (kind === DETECT || kind === ALL) {
      for (const [name, each] of Object.entries(SERVICES))
        if (each.firmware?.test(facts.firmware)) add(name, each);
    } else if (kind === 'url' && rest) datasources.push(documentAt(word, rest));
    else if (kind === 'tftp' && rest) datasources.push(documentAt(word, rest, fetchByTftp));
    else if (kind === 'cmdline') {
      const url = /(?:^|\s)cloud[-_]config[-_]url=(\S+)/.exec(facts.kernelWords)?.[1];
      if (url !== undefined) datasources.push(documentAt(`cmdline:${url}`, url));
    } else if (kind === 'nocloud' && rest?.startsWith('http')) datasources.push(noCloudAt(word, rest));
    else if (kind === 'nocloud') {
      const found = noCloudSeeds([facts.kernelWords, facts.serial]);
      problems.push(...found.problems);
      for (const { url, metadata } of found.seeds)
        datasources.push(noCloudAt(`nocloud:${url}`, url, metadata));
    } else if (!LOCAL.includes(kind))
      problems.push(`rancher.cloud_init.datasources: ${word}: no such datasource; ignored`);
  }
  return { datasources, problems };
}

/** Those that are looked for before there is a network. */
const LOCAL = ['configdrive', 'file', 'nocloud', 'proxmox'];

function documentAt(name: string, url: string, getByOwnWay?: Get): Datasource {
  return {
    name,
    fetch: async (get) => {
      const data = await (getByOwnWay ?? get)(url);
      return data && { source: name, ...userDataPart(data), metadata: {} };
    },
  };
}

function noCloudAt(name: string, url: string, metadata: FetchedMetadata = {}): Datasource {
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    name,
    fetch: async (get) => {
      const files = new Map<string, Uint8Array>();
      for (const file of NOCLOUD_FILES) {
        const bytes = await get(`${base}${file}`);
        if (bytes !== undefined) files.set(file, bytes);
      }
      if (files.size === 0) return undefined;
      const fetched = parseNoCloud(name, files);
      return { ...fetched, metadata: { ...metadata, ...fetched.metadata } };
    },
  };
}

/** How long all is tried, how long one waits between two tries at least and at most, in milliseconds. */
export interface Patience {
  readonly total: number;
  readonly shortest: number;
  readonly longest: number;
  /** How much longer those may take that go before the one that has answered. */
  readonly grace: number;
}

/** RancherOS's, but for the grace. */
export const PATIENCE: Patience = { total: 300_000, shortest: 100, longest: 5000, grace: 3000 };

/**
 * Asks all of them at once, again and again while they do not answer. Of those that answer at about the same time, the
 * first of the list wins.
 * @returns undefined if none of them has anything; with what each of them said last
 */
export async function fetchFirst(
  datasources: readonly Datasource[],
  get: Get,
  patience: Patience = PATIENCE,
): Promise<{ fetched: FetchedData | undefined; problems: string[] }> {
  const answers: (FetchedData | undefined)[] = datasources.map(() => undefined);
  const problems: string[] = datasources.map(() => '');
  const pending = new Set(datasources.keys());
  let isOver = false;
  const ask = async ({ name, fetch }: Datasource, index: number) => {
    for (let pause = patience.shortest; !isOver; pause = Math.min(pause * 2, patience.longest)) {
      try {
        answers[index] = await fetch(get);
        problems[index] = answers[index] === undefined ? `${name}: it has nothing` : '';
        break;
      } catch (error) {
        problems[index] = `${name}: ${errorMessage(error)}`;
      }
      await sleep(pause);
    }
    pending.delete(index);
  };
  const asked = datasources.map(ask);
  const isDecided = () => {
    const first = answers.findIndex((answer) => answer !== undefined);
    return first >= 0 && ![...pending].some((index) => index < first);
  };
  const answered = asked.map(async (promise) => {
    await promise;
    if (isDecided()) return;
    if (answers.some((answer) => answer !== undefined)) await sleep(patience.grace);
    else await new Promise(() => {});
  });
  await Promise.race([Promise.all(asked), ...answered, sleep(patience.total)]);
  isOver = true;
  const fetched = answers.find((answer) => answer !== undefined);
  return { fetched, problems: fetched === undefined ? problems.filter(Boolean) : [] };
}
