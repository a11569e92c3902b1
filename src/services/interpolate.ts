/** Variables in the values of a service: `${NAME}` and `$NAME`; `$$` is a dollar sign. */
import { isMap } from '../config/merge.ts';
import { ServiceError } from './service-error.ts';

/** The value of a variable, or undefined if it is not set. */
export type Lookup = (name: string) => string | undefined;

/**
 * Replaces the variables in all texts of a value.
 * @param place of the value, for errors
 * @throws ServiceError for a variable that is not set, or that is none
 */
export function interpolate(value: unknown, lookup: Lookup, place: string): unknown {
  if (typeof value === 'string') return interpolateText(value, lookup, place);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => interpolate(item, lookup, `${place}[${index}]`));
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    interpolate(item, lookup, `${place}.${key}`),
  ]);
  return Object.fromEntries(entries);
}

function interpolateText(text: string, lookup: Lookup, place: string): string {
  const variable = /\$(?:(\$)|\{(\w+)\}|([A-Za-z_]\w*)|)/g;
  return text.replace(variable, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return dollar;
    const name = braced ?? bare;
    if (name === undefined) {
      throw new ServiceError(
        `${place}: a $ in ${JSON.stringify(text)} begins no variable; $$ is a dollar sign`,
      );
    }
    const value = lookup(name);
    if (value === undefined) {
      throw new ServiceError(`${place}: the variable ${name} is not set in rancher.environment`);
    }
    return value;
  });
}
