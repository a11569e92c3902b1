/**
 * Where NoCloud's files are, as a machine's serial number or the kernel command line says: `ds=nocloud;s=URL;i=ID;h=NAME`
 * (cloudinit.readthedocs.io, "NoCloud", "Configuration methods").
 */
import type { FetchedMetadata } from './fetched-data.ts';

export interface NoCloudSeed {
  readonly url: string;
  /** What counts where meta-data do not say it. */
  readonly metadata: FetchedMetadata;
}

/** The seeds in these texts, each once, and a line for each that cannot be fetched. */
export function noCloudSeeds(texts: readonly string[]): { seeds: NoCloudSeed[]; problems: string[] } {
  const seeds = new Map<string, NoCloudSeed>();
  const problems: string[] = [];
  for (const text of texts) {
    const [, settings] = /(?:^|[\s"'])ds=nocloud(?:-net)?((?:;[^\s;"']+)*)/.exec(text) ?? [];
    const values = new Map((settings ?? '').split(';').map((entry) => split(entry)));
    const url = values.get('s') ?? values.get('seedfrom');
    if (url === undefined) continue;
    if (!/^https?:\/\//.test(url)) {
      problems.push(`ds=nocloud: s=${url}: expected a URL with http: or https:; ignored`);
      continue;
    }
    const [instanceId, hostname] = [
      values.get('i') ?? values.get('instance-id'),
      values.get('h') ?? values.get('local-hostname'),
    ];
    seeds.set(url, { url, metadata: { ...(instanceId && { instanceId }), ...(hostname && { hostname }) } });
  }
  return { seeds: [...seeds.values()], problems };
}

function split(entry: string): [name: string, value: string] {
  const sign = entry.indexOf('=');
  return sign < 0 ? [entry, ''] : [entry.slice(0, sign), entry.slice(sign + 1)];
}
