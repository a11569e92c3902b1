/** The `filters` parameter: `{"name":{"value":true}}`, or the older `{"name":["value"]}` that docker-py and dockerode send. */
import { type Query, queryValue } from '../../http/query.ts';
import { invalidParameter } from '../errors.ts';

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

/** Reads the parameter. Throws 400 if it is not of one of the two forms. */
export function parseFilters(query: Query): Filters {
  const text = queryValue(query, 'filters');
  if (text === undefined || text === '') return new Filters(new Map());
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidParameter(`invalid filters: ${text} is not JSON`);
  }
  if (typeof parsed !== 'object' || parsed === null) throw invalidParameter('invalid filters: not an object');
  return new Filters(
    new Map(Object.entries(parsed).map(([name, value]) => [name, filterValues(name, value)])),
  );
}

function filterValues(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'object' || value === null) {
    throw invalidParameter(`invalid filters: the value of ${name} is not an object`);
  }
  return Object.entries(value)
    .filter(([, isOn]) => isOn === true)
    .map(([key]) => key);
}
