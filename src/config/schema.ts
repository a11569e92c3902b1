/**
 * The keys of the configuration and what they may hold (rancher.* as in RancherOS).
 * Every key may be absent or null. What a service may hold is the matter of src/services/compose.ts.
 */
import * as v from 'valibot';
import { ConfigError } from './config-error.ts';
import { isMap } from './merge.ts';
import { nearest } from './nearest.ts';

/** The configuration, whole or a part of it. */
export type Config = v.InferOutput<ReturnType<typeof buildSchema>>;
export type RancherConfig = NonNullable<Config['rancher']>;
/** One entry of `rancher.services`, not checked yet. */
export type ServiceDefinition = Readonly<Record<string, unknown>>;

let schema: ReturnType<typeof buildSchema> | undefined;

/** Built at the first use, since most commands never check anything. */
function configSchema(): ReturnType<typeof buildSchema> {
  schema ??= buildSchema();
  return schema;
}

/** The messages say what was expected. */
function buildSchema() {
  const text = v.pipe(
    v.union([v.string(), v.number(), v.boolean()], 'text'),
    v.transform((value) => String(value)),
  );
  const flag = v.pipe(
    v.union([v.boolean(), v.picklist(['yes', 'no', 'on', 'off'])], 'true or false'),
    v.transform((value) => value === true || value === 'yes' || value === 'on'),
  );
  const integer = (expected: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
    v.pipe(
      v.number(expected),
      v.safeInteger(expected),
      v.minValue(least, expected),
      v.maxValue(most, expected),
    );
  const list = v.array(text, 'a list');
  // valibot by itself takes a list for an object.
  const mapOf = <Schema extends v.GenericSchema>(schema: Schema) =>
    v.pipe(v.custom<v.InferInput<Schema>>(isMap, 'a map'), schema);
  const map = <Entries extends v.ObjectEntries>(entries: Entries) => mapOf(v.object(entries));
  const mapFromNames = <Values extends v.GenericSchema>(values: Values) =>
    mapOf(v.record(v.string(), values));

  const textMap = mapFromNames(text);

  const dns = map({ nameservers: v.nullish(list), search: v.nullish(list) });
  const networkInterface = map({
    dhcp: v.nullish(flag),
    /** With its prefix length: `192.168.1.2/24`. */
    address: v.nullish(text),
    gateway: v.nullish(text),
  });
  const network = map({
    /** By name or glob (`eth*`). */
    interfaces: v.nullish(mapFromNames(networkInterface)),
    dns: v.nullish(dns),
    /** Seconds. */
    dhcp_timeout: v.nullish(integer('a number of seconds', 0)),
    /** As in the variables of these names. */
    http_proxy: v.nullish(text),
    https_proxy: v.nullish(text),
    no_proxy: v.nullish(text),
  });
  const rancher = map({
    console: v.nullish(text),
    debug: v.nullish(flag),
    log: v.nullish(flag),
    recovery: v.nullish(flag),
    environment: v.nullish(textMap),
    services: v.nullish(mapFromNames(mapFromNames(v.unknown()))),
    modules: v.nullish(list),
    network: v.nullish(network),
    /** Used where the machine is told nothing else. */
    defaults: v.nullish(map({ hostname: v.nullish(text), network: v.nullish(network) })),
    ssh: v.nullish(
      map({ daemon: v.nullish(flag), port: v.nullish(integer('a port from 1 to 65535', 1, 65535)) }),
    ),
    sysctl: v.nullish(textMap),
    /** Seconds. */
    shutdown_timeout: v.nullish(integer('a number of seconds', 0)),
    system_docker: v.nullish(
      map({
        host: v.nullish(list),
        debug: v.nullish(flag),
        log_opts: v.nullish(textMap),
        insecure_registry: v.nullish(list),
        registry_mirror: v.nullish(text),
        bridge: v.nullish(text),
        bip: v.nullish(text),
      }),
    ),
    cloud_init: v.nullish(map({ datasources: v.nullish(list) })),
  });
  return map({
    hostname: v.nullish(text),
    ssh_authorized_keys: v.nullish(list),
    rancher: v.nullish(rancher),
  });
}

/** A checked part of the configuration. */
export interface CheckedFragment {
  /** Without the keys that nobody knows. */
  readonly config: Config;
  /** One line for each key that was left out. */
  readonly warnings: readonly string[];
}

/**
 * Checks a parsed document.
 * @param options.file names it in messages
 * @param options.isSecret keeps its values out of messages
 * @throws ConfigError that names the first key with a wrong value, and what was expected
 */
export function checkConfig(
  value: unknown,
  options: { readonly file: string; readonly isSecret?: boolean },
): CheckedFragment {
  const { file, isSecret = false } = options;
  const result = v.safeParse(configSchema(), value ?? {}, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const path = v.getDotPath(issue) ?? '(the whole document)';
    const got = isSecret ? '' : `, got ${describeValue(issue.input)}`;
    throw new ConfigError(file, `${path}: expected ${issue.message}${got}`);
  }
  return { config: result.output, warnings: unknownKeys(configSchema(), value, `${file}: `) };
}

/** What a person wrote, in a few words. */
function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > 60 ? `${text.slice(0, 56)}…"` : text;
}

/** The parts of valibot's schemas that lead to further keys. */
interface Walkable {
  readonly kind: string;
  readonly wrapped?: Walkable;
  readonly pipe?: readonly Walkable[];
  readonly entries?: Readonly<Record<string, Walkable>>;
  readonly value?: Walkable;
}

function unknownKeys(schema: Walkable, value: unknown, place: string): string[] {
  const { entries, value: values } = schema;
  const inner = schema.wrapped ?? schema.pipe?.at(-1);
  if (inner !== undefined) return unknownKeys(inner, value, place);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const known = entries === undefined ? values : entries[key];
    if (known !== undefined) return unknownKeys(known, below, `${place}${key}.`);
    if (entries === undefined) return [];
    const guess = nearest(key, Object.keys(entries));
    return [`${place}${key}: unknown key, ignored${guess === undefined ? '' : `; did you mean ${guess}?`}`];
  });
}
