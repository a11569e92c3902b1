/** The text in which LVM keeps what it knows of a volume group: sections of `key = value`, as in lvm.conf(5). */

export type LvmValue = string | number | readonly LvmValue[] | LvmSection;

export interface LvmSection {
  readonly [name: string]: LvmValue;
}

/** A text in quotes, a number, a name, or a sign; blanks and comments lie between them. */
const TOKEN = /(?:\s|#.*)*(?:("(?:[^"\\]|\\.)*")|([A-Za-z0-9_.+/-]+)|([{}=[\],])|$)/y;

/** @throws an Error that names the line */
export function parseLvmText(text: string): LvmSection {
  const reader = new TokenReader(text);
  const section = readSection(reader, undefined);
  return section;
}

function readSection(reader: TokenReader, end: '}' | undefined): LvmSection {
  const section: Record<string, LvmValue> = Object.create(null);
  for (;;) {
    const name = reader.next();
    if (name === end) return section;
    if (name === undefined || isSign(name)) reader.fail(name);
    const sign = reader.next();
    if (sign === '{') section[name] = readSection(reader, '}');
    else if (sign === '=') section[name] = readValue(reader, reader.next());
    else reader.fail(sign);
  }
}

function readValue(reader: TokenReader, token: string | undefined): LvmValue {
  if (token === '[') return readList(reader);
  if (token === undefined || isSign(token)) reader.fail(token);
  if (token.startsWith('"')) return token.slice(1, -1).replace(/\\(.)/g, '$1');
  const number = Number(token);
  return Number.isNaN(number) ? reader.fail(token) : number;
}

function readList(reader: TokenReader): LvmValue[] {
  const list: LvmValue[] = [];
  for (let token = reader.next(); token !== ']'; token = reader.next()) {
    list.push(readValue(reader, token));
    const sign = reader.next();
    if (sign === ']') break;
    if (sign !== ',') reader.fail(sign);
  }
  return list;
}

function isSign(token: string): boolean {
  return /^[{}=[\],]$/.test(token);
}

class TokenReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Undefined at the end. A text keeps its quotes. */
  next(): string | undefined {
    TOKEN.lastIndex = this.#position;
    const match = TOKEN.exec(this.#text);
    if (match === null) this.fail(this.#text.slice(this.#position, this.#position + 10));
    this.#position += match[0].length;
    return match[1] ?? match[2] ?? match[3];
  }

  fail(token: string | undefined): never {
    const line = this.#text.slice(0, this.#position).split('\n').length;
    throw new Error(`line ${line} of its metadata: unexpected ${token ?? 'end'}`);
  }
}
