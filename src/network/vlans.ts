/** VLANs on an interface, as `vlans` lists them: `100,200:name`. */
export interface Vlan {
  /** From 1 to 4094. */
  readonly id: number;
  /** Absent: that of the interface, a dot and the number. */
  readonly name?: string;
}

const FORM = /^(\d{1,4})(?::([^\s/:]{1,15}))?$/;

/** Undefined if one of them is none. */
export function parseVlans(text: string): Vlan[] | undefined {
  const vlans: Vlan[] = [];
  for (const part of text.split(',').map((word) => word.trim())) {
    if (part === '') continue;
    const [, number, name] = FORM.exec(part) ?? [];
    const id = Number(number);
    if (!(id >= 1 && id <= 4094)) return undefined;
    vlans.push({ id, ...(name === undefined ? {} : { name }) });
  }
  return vlans;
}
