/** The configuration's schema as a JSON Schema, by which editors complete and check a cloud-config. */

import { dockerSchema } from '../src/config/schema/docker.ts';
import { networkSchema } from '../src/config/schema/network.ts';
import { coreOf, type Walkable } from '../src/config/schema/walk.ts';
import { configSchema } from '../src/config/schema.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The text of docs/cloud-config.schema.json. */
export function jsonSchemaText(): string {
  const shared: Definitions = new Map([
    [coreOf(dockerSchema()), 'docker'],
    [coreOf(networkSchema()), 'network'],
  ]);
  const definitions = [...shared].map(([schema, name]) => [name, describeCore(schema, shared)]);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'cloud-config of Paddock',
    ...describeCore(coreOf(configSchema()), shared),
    definitions: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(schema, null, 1)}\n`;
}

/** Schemas that are used in several places, by what they are called. */
type Definitions = ReadonlyMap<Walkable, string>;

/** A key, which may be without a value. */
function describeKey(key: Walkable, shared: Definitions): JsonSchema {
  const { description, preset, effect } = key.note ?? { description: '' };
  const idle = effect === 'none' ? ' (no effect yet)' : effect === 'never' ? ' (no effect)' : '';
  return {
    description: `${description}${preset === undefined ? '' : `; ${preset}`}${idle}`,
    ...orNull(describe(key, shared)),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  if (typeof schema['type'] === 'string') return { ...schema, type: [schema['type'], 'null'] };
  if (Array.isArray(schema['type'])) return { ...schema, type: [...schema['type'], 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

function describe(schema: Walkable, shared: Definitions): JsonSchema {
  const name = shared.get(coreOf(schema));
  if (name !== undefined) return { $ref: `#/definitions/${name}` };
  const described = { ...describeCore(coreOf(schema), shared), ...limits(schema) };
  return isMapOrName(schema) ? { anyOf: [{ type: 'string' }, described] } : described;
}

/** A map for which a name alone may stand. */
function isMapOrName(schema: Walkable): boolean {
  const first = schema.pipe?.[0];
  const options = first?.type === 'union' ? (first.options ?? []) : [];
  const hasText = options.some((option) => typeof option === 'object' && option.type === 'string');
  return hasText && coreOf(schema).entries !== undefined;
}

function describeCore(core: Walkable, shared: Definitions): JsonSchema {
  const { type, entries, value, item, options = [] } = core;
  if (entries !== undefined) {
    const keys = Object.entries(entries).map(([name, key]) => [name, describeKey(key, shared)]);
    return { type: 'object', properties: Object.fromEntries(keys), additionalProperties: false };
  }
  if (value !== undefined) return { type: 'object', additionalProperties: describe(value, shared) };
  if (item !== undefined) return { type: 'array', items: describe(item, shared) };
  if (type === 'union') return describeUnion(options, shared);
  if (type === 'picklist') return { enum: options };
  if (type === 'unknown') return {};
  return { type };
}

function describeUnion(options: Walkable['options'], shared: Definitions): JsonSchema {
  const members = (options ?? []).map((option) =>
    typeof option === 'string' ? {} : describe(option, shared),
  );
  const types = members.map((member) => member['type']);
  return types.every((type) => typeof type === 'string') ? { type: types } : { anyOf: members };
}

/** JSON Schema's names of what valibot's pipes ask for. */
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  min_value: ['minimum'],
  max_value: ['maximum'],
  length: ['minItems', 'maxItems'],
  min_length: ['minItems'],
  max_length: ['maxItems'],
};

function limits(schema: Walkable): JsonSchema {
  const pipe = schema.wrapped?.pipe ?? schema.pipe ?? [];
  const found = pipe.flatMap(({ type, requirement }) => {
    const isLimit = typeof requirement === 'number' && requirement !== Number.MAX_SAFE_INTEGER;
    return isLimit ? (LIMITS[type ?? ''] ?? []).map((name) => [name, requirement]) : [];
  });
  const isWhole = pipe.some(({ type }) => type === 'safe_integer');
  return { ...Object.fromEntries(found), ...(isWhole ? { type: 'integer' } : {}) };
}
