/**
 * The forms of user data (cloudinit.readthedocs.io, "User data formats"; RancherOS's `#compose`): what it is made of,
 * in pieces that can be saved.
 */
import { ConfigError } from '../config/config-error.ts';
import { isMap } from '../config/merge.ts';
import { formatYaml, parseYaml } from '../config/yaml.ts';
import { decodeBase64 } from '../linux/base64.ts';
import { decodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { isMime, parseMime } from './mime.ts';

/** One thing to do with user data. */
export type Piece =
  /** A document of the configuration. */
  | { readonly kind: 'config'; readonly name: string; readonly text: string }
  /** A program, which begins with `#!`. */
  | { readonly kind: 'script'; readonly name: string; readonly text: string }
  /** The address of more user data. */
  | { readonly kind: 'include'; readonly name: string; readonly url: string };

export interface ParsedUserData {
  readonly pieces: readonly Piece[];
  /** What cannot be used and why, one line each. */
  readonly problems: readonly string[];
}

export interface UserDataOptions {
  /** For messages, such as `user-data of nocloud on /dev/sr0`. */
  readonly name: string;
  /** Throws if the data are damaged, or grow beyond all bounds. */
  readonly gunzip: (bytes: Uint8Array) => Uint8Array;
}

/** How deep documents may contain others. */
const MAXIMUM_DEPTH = 5;

/** Content types that say what a part is, whatever it begins with. */
const TYPES: Readonly<Record<string, string>> = {
  'text/cloud-config': '#cloud-config',
  'text/cloud-config-archive': '#cloud-config-archive',
  'text/x-include-url': '#include',
  'text/x-include-once-url': '#include',
  'text/jinja2': '## template: jinja',
  'text/part-handler': '#part-handler',
};

/** Takes user data apart. Nothing is thrown: what is wrong becomes a problem, and the rest counts. */
export function parseUserData(data: Uint8Array, options: UserDataOptions): ParsedUserData {
  const pieces: Piece[] = [];
  const problems: string[] = [];
  const attempt = (name: string, read: () => void) => {
    try {
      read();
    } catch (error) {
      problems.push(error instanceof ConfigError ? error.message : `${name}: ${errorMessage(error)}`);
    }
  };

  function take(bytes: Uint8Array, name: string, type: string, depth: number): void {
    if (depth > MAXIMUM_DEPTH) throw new Error('too many documents within documents');
    if (isGzip(bytes)) {
      take(options.gunzip(bytes), name, type, depth + 1);
      return;
    }
    const text = decodeUtf8(bytes).replace(/^\uFEFF/, '');
    if (text.trim() === '') return;
    if (isMime(text)) {
      for (const part of parseMime(text)) {
        const partName = `${name}, part ${part.number}${part.fileName ? ` (${part.fileName})` : ''}`;
        attempt(partName, () => take(part.body, partName, part.type, depth + 1));
      }
      return;
    }
    takeText(text, name, type, depth);
  }

  function takeText(text: string, name: string, type: string, depth: number): void {
    const [firstLine = ''] = text.split('\n', 1);
    const first = firstLine.trimEnd();
    const kind = /^#(?:!|#? ?[a-z])/.test(first) ? first : (TYPES[type] ?? first);
    if (kind === '#cloud-config') pieces.push({ kind: 'config', name, text });
    else if (kind.startsWith('#!')) pieces.push({ kind: 'script', name, text: withUnixLines(text) });
    else if (kind === '#compose') pieces.push({ kind: 'config', name, text: servicesFrom(text, name) });
    else if (kind === '#include' || kind === '#include-once') {
      for (const url of includedUrls(text)) pieces.push({ kind: 'include', name, url });
    } else if (kind === '#cloud-config-archive') takeArchive(text, name, depth);
    else if (kind === '#cloud-boothook') {
      const script = text.slice(text.indexOf('\n') + 1);
      pieces.push({ kind: 'script', name, text: script.startsWith('#!') ? script : `#!/bin/sh\n${script}` });
    } else if (kind.startsWith('## template:')) throw new Error('templates are not supported');
    else if (kind === '#part-handler' || kind === '#upstart-job') throw new Error(`${kind} is not supported`);
    else takeEncoded(text, name, type, depth);
  }

  /** What has no sign at its beginning may be base64 of something that has. */
  function takeEncoded(text: string, name: string, type: string, depth: number): void {
    const decoded = decodeBase64(text.replace(/\s/g, ''));
    if (decoded === undefined || !hasSign(decoded)) {
      const shown = JSON.stringify((text.split('\n', 1)[0] ?? '').slice(0, 40));
      throw new Error(`unrecognized; expected "#cloud-config" or "#!" at its beginning, got ${shown}`);
    }
    take(decoded, name, type, depth + 1);
  }

  function takeArchive(text: string, name: string, depth: number): void {
    const parts = parseYaml(text, name);
    if (!Array.isArray(parts)) throw new ConfigError(name, 'a cloud-config-archive is a list');
    parts.forEach((part: unknown, index) => {
      const partName = `${name}, part ${index + 1}`;
      const content = isMap(part) ? part['content'] : part;
      const type = isMap(part) && typeof part['type'] === 'string' ? part['type'] : '';
      attempt(partName, () => {
        if (typeof content !== 'string') throw new Error('expected a content of text');
        if (depth >= MAXIMUM_DEPTH) throw new Error('too many documents within documents');
        takeText(content, partName, type, depth + 1);
      });
    });
  }

  attempt(options.name, () => take(data, options.name, '', 0));
  return { pieces, problems };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function hasSign(bytes: Uint8Array): boolean {
  const beginning = decodeUtf8(bytes.subarray(0, 64)).replace(/^\uFEFF/, '');
  return isGzip(bytes) || beginning.startsWith('#') || isMime(beginning);
}

/** A kernel would look for an interpreter with a carriage return in its name. */
function withUnixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** A compose document, of version 1 or with its services below `services`. */
function servicesFrom(text: string, name: string): string {
  const document = parseYaml(text, name);
  if (!isMap(document)) throw new ConfigError(name, 'a compose document is a map of services');
  const services = isMap(document['services']) ? document['services'] : document;
  return formatYaml({ rancher: { services } });
}

function includedUrls(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
