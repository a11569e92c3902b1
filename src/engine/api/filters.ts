/** The `filters` parameter: `{"name":{"value":true}}`, or the older `{"name":["value"]}` that docker-py and dockerode send. */
import { type Query, queryValue } from '../../http/query.ts';
import { invalidParameter } from '../errors.ts';

/** Docker's words for what is not of one of the two forms. */
const INVALID = 'invalid filter';

export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Throws 400 for a filter that is not among the known ones. */
  accept(known: readonly string[]): void {
    for (const name of this.#values.keys()) {
      if (!known.includes(name)) throw invalidParameter(`invalid filter '${name}'`);
    }
  }

  has(name: string): boolean {
    return this.values(name).length > 0;
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Whether one of the values is right, or there is none. */
  matches(name: string, isRight: (value: string) => boolean): boolean {
    const values = this.values(name);
    return values.length === 0 || values.some(isRight);
  }

  /** The same for values that are regular expressions, as Docker takes them; one that is none is a part of the text. */
  matchesPattern(name: string, ...texts: readonly string[]): boolean {
    return this.matches(name, (pattern) => texts.some((text) => text === pattern || isFound(pattern, text)));
  }

  /** The value of a filter that is true or false; undefined if it is not given. Throws 400 if it is neither. */
  flag(name: string): boolean | undefined {
    if (!this.has(name)) return undefined;
    const [value = '', ...others] = this.values(name);
    if (others.length === 0 && (value === '1' || value === 'true')) return true;
    if (others.length === 0 && (value === '0' || value === 'false')) return false;
    throw invalidParameter(`invalid filter '${name}=[${this.values(name).join(' ')}]'`);
  }

  /** The values of a filter that takes whole numbers. Throws 400 for others. */
  integers(name: string): number[] {
    return this.values(name).map((value) => {
      if (/^[+-]?\d+$/.test(value)) return Number(value);
      throw invalidParameter(
        `invalid filter '${name}=${value}': strconv.Atoi: parsing "${value}": invalid syntax`,
      );
    });
  }

  /** Throws 400 if there are several values, which prunes do not take. */
  takeOne(name: string): void {
    if (this.values(name).length > 1) throw invalidParameter(`more than one ${name} filter specified`);
  }

  /** Whether all of the labels are there, `key` or `key=value`, and not all of those of `label!`. */
  matchesLabels(labels: Readonly<Record<string, string>>): boolean {
    const isThere = (wanted: string) => {
      const equals = wanted.indexOf('=');
      if (equals < 0) return Object.hasOwn(labels, wanted);
      return labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
    };
    const unwanted = this.values('label!');
    return this.values('label').every(isThere) && !(unwanted.length > 0 && unwanted.every(isThere));
  }
}

/** Reads the parameter; null stands for no filters or values. Throws 400 if it is not of one of the two forms. */
export function parseFilters(query: Query): Filters {
  const text = queryValue(query, 'filters');
  if (text === undefined || text === '') return new Filters(new Map());
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidParameter(INVALID);
  }
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw invalidParameter(INVALID);
  return new Filters(
    new Map(Object.entries(parsed ?? {}).map(([name, value]) => [name, filterValues(value)])),
  );
}

function isFound(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return text.includes(pattern);
  }
}

function filterValues(value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter(INVALID);
  const values = Object.entries(value ?? {});
  // Docker wants booleans, and then takes no notice of them.
  if (values.some(([, isOn]) => typeof isOn !== 'boolean')) throw invalidParameter(INVALID);
  return values.map(([key]) => key);
}
