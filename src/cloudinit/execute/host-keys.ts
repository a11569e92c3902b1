/** `ssh_keys` and `ssh_deletekeys` of cloud-init, and `rancher.ssh.keys`: the keys by which clients know this machine. */
import type { Config } from '../../config/schema.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { readDirectory, readTextIfExists, removeFile, writeFileAtomic } from '../../linux/file.ts';
import { instanceId } from './instance.ts';
import { type HostKey, parseHostKey } from './openssh-key.ts';

/** Which machine the keys were made for. */
const INSTANCE = '.instance';
/** `rsa_private` as cloud-init calls it, `rsa` as RancherOS does; public halves follow from them. */
const PRIVATE = /^(rsa|ecdsa|ed25519)(_private)?$/;
const PUBLIC = /[_-](public|pub|certificate)$/;

/** The keys that are given, and a line for each that cannot be used. No line has anything of a key in it. */
export function planHostKeys({ ssh_keys, rancher }: Pick<Config, 'ssh_keys' | 'rancher'>): {
  keys: HostKey[];
  problems: string[];
} {
  const keys: HostKey[] = [];
  const problems: string[] = [];
  const given = { 'rancher.ssh.keys': rancher?.ssh?.keys, ssh_keys };
  for (const [key, texts] of Object.entries(given)) {
    for (const [name, text] of Object.entries(texts ?? {})) {
      if (PUBLIC.test(name)) continue;
      const kind = PRIVATE.exec(name)?.[1];
      try {
        if (kind === undefined) throw new Error('expected rsa, ecdsa or ed25519');
        const parsed = parseHostKey(text);
        if (parsed.kind !== kind) throw new Error(`it is of the kind ${parsed.kind}`);
        keys.push(parsed);
      } catch (error) {
        problems.push(`${key}.${name}: ${errorMessage(error)}`);
      }
    }
  }
  return { keys, problems };
}

/**
 * Writes the keys that are given where the ssh server looks for them; it makes the others by itself. With
 * `ssh_deletekeys`, those of another machine, whose disk this one was copied from, go first.
 * @returns a line for each that cannot be used
 */
export function writeHostKeys(
  config: Pick<Config, 'ssh_keys' | 'ssh_deletekeys' | 'rancher'>,
  folder: string,
): string[] {
  if (config.ssh_deletekeys) deleteForeign(folder, instanceId());
  const { keys, problems } = planHostKeys(config);
  for (const { kind, content } of keys)
    writeFileAtomic(`${folder}/dropbear_${kind}_host_key`, content, 0o600);
  return problems;
}

function deleteForeign(folder: string, instance: string): void {
  if (instance === '' || readTextIfExists(`${folder}/${INSTANCE}`) === instance) return;
  for (const name of readDirectory(folder)) removeFile(`${folder}/${name}`);
  writeFileAtomic(`${folder}/${INSTANCE}`, instance, 0o600);
}
