/** MIME messages of several parts (RFC 2045, RFC 2046), as `cloud-init devel make-mime` and libraries for mail write them. */
import { decodeBase64 } from '../linux/base64.ts';
import { concatBytes, encodeUtf8 } from '../linux/bytes.ts';

export interface MimePart {
  /** Its place, from 1; `2.1` in a message within the message. */
  readonly number: string;
  /** In lower case, without parameters. */
  readonly type: string;
  readonly fileName: string | undefined;
  readonly body: Uint8Array;
}

/** Whether a text is such a message. */
export function isMime(text: string): boolean {
  const head = /^(?:[A-Za-z][\w-]*:.*\r?\n(?:[ \t].*\r?\n)*)*/.exec(text)?.[0] ?? '';
  return /^(?:mime-version:|content-type:[ \t]*multipart\/)/im.test(head || text);
}

/**
 * The parts of a message that are no messages themselves.
 * @throws Error if a part has no boundary, or an encoding that is unknown or damaged
 */
export function parseMime(text: string, prefix = ''): MimePart[] {
  const { fields, body } = splitHead(text);
  const contentType = fields.get('content-type') ?? 'text/plain';
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!type.startsWith('multipart/')) {
    const fileName = parameter(fields.get('content-disposition') ?? '', 'filename');
    const encoding = fields.get('content-transfer-encoding') ?? '';
    return [{ number: prefix || '1', type, fileName, body: decodeBody(body, encoding) }];
  }
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined) throw new Error(`the ${type} message has no boundary`);
  return partsBetween(body, boundary).flatMap((part, index) =>
    parseMime(part, prefix === '' ? String(index + 1) : `${prefix}.${index + 1}`),
  );
}

function splitHead(text: string): { fields: Map<string, string>; body: string } {
  const fields = new Map<string, string>();
  const end = /(?:^|\r?\n)\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  // A line that begins with a blank goes on with the one before.
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { fields, body: end === null ? '' : text.slice(end.index + end[0].length) };
}

function parameter(field: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(field);
  return match?.[1] ?? match?.[2];
}

/** What lies between the lines with the boundary. The line break before such a line belongs to it. */
function partsBetween(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let lines: string[] | undefined;
  for (const line of body.split('\n')) {
    const marker = line.trimEnd();
    const isEnd = marker === `--${boundary}--`;
    if (!isEnd && marker !== `--${boundary}`) {
      lines?.push(line);
      continue;
    }
    if (lines !== undefined) parts.push(lines.join('\n').replace(/\r$/, ''));
    if (isEnd) return parts;
    lines = [];
  }
  // Half of a script must not run.
  throw new Error('the multipart message is cut off: its last boundary is missing');
}

function decodeBody(body: string, encoding: string): Uint8Array {
  switch (encoding.toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return encodeUtf8(body);
    case 'base64': {
      const bytes = decodeBase64(body.replace(/\s/g, ''));
      if (bytes === undefined) throw new Error('it is no base64');
      return bytes;
    }
    case 'quoted-printable':
      return decodeQuotedPrintable(body);
    default:
      throw new Error(`the transfer encoding ${encoding} is not supported`);
  }
}

/** RFC 2045, 6.7. */
function decodeQuotedPrintable(body: string): Uint8Array {
  const pieces = body.replace(/=[ \t]*\r?\n/g, '').split(/(=[\dA-Fa-f]{2})/);
  return concatBytes(
    pieces.map((piece, index) =>
      index % 2 === 0 ? encodeUtf8(piece) : new Uint8Array([Number.parseInt(piece.slice(1), 16)]),
    ),
  );
}
