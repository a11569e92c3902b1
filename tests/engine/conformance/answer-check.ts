import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { ApiDescription } from './api-description.ts';

/** An answer with JSON in it. */
export interface JsonAnswer {
  readonly method: string;
  /** Without a query; with or without a version. */
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

/** Says what about an answer does not fit the description; nothing if all is well. */
export type AnswerCheck = (answer: JsonAnswer) => string[];

/** Streams of JSON that the description does not describe, though it defines what is in them. */
const streams: Readonly<Record<string, string>> = {
  '/build': 'BuildInfo',
  '/images/create': 'CreateImageInfo',
  '/images/{name}/push': 'PushImageInfo',
};

/** Numbers and booleans for which Docker answers null: with version 2 of control groups, or while an exec runs. */
const nullable: readonly (readonly [definitionOrTitle: string, property: string])[] = [
  ['ExecInspectResponse', 'ExitCode'],
  ['Resources', 'MemorySwappiness'],
  ['Resources', 'OomKillDisable'],
];

/**
 * Makes the check of a description. Docker itself keeps to it with some licence, which is ours too: where it says array or
 * object there may be null, since Go sends that for what is empty; and so for those that are `nullable`.
 */
export function answerCheck(description: ApiDescription): AnswerCheck {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const definitions = allowNull(description.definitions) as Record<string, { properties: object }>;
  for (const [definition, property] of nullable) {
    Object.assign(definitions[definition]?.properties ?? {}, { [property]: {} });
  }
  ajv.addSchema({ $id: 'docker', definitions });
  const routes = Object.entries(description.paths).map(([template, operations]) => ({
    template,
    pattern: patternOf(template),
    operations,
  }));
  // Where several fit, the one with more in it that is fixed is meant: /images/json is not an image called json.
  routes.sort((a, b) => fixedLength(b.template) - fixedLength(a.template));
  const validators = new Map<string, ValidateFunction>();

  const validatorFor = (key: string, schema: object): ValidateFunction => {
    const known = validators.get(key);
    if (known !== undefined) return known;
    const made = ajv.compile(withNullable(allowNull(absolute(schema)) as Schema));
    validators.set(key, made);
    return made;
  };

  return ({ method, path, status, body }) => {
    const name = `${method} ${path} ${status}`;
    const values = parseBody(body);
    if (values === undefined) return [`${name}: not JSON: ${body.slice(0, 100)}`];
    const plain = path.replace(/^\/v\d+\.\d+(?=\/)/, '');
    const route = routes.find(
      ({ pattern, operations }) => pattern.test(plain) && operations[method.toLowerCase()],
    );
    if (status >= 400) return values.flatMap((value) => checkError(name, value));
    if (route === undefined) return [];
    const response = route.operations[method.toLowerCase()]?.responses[status];
    if (response === undefined) return [`${name}: Docker never answers with this status`];
    const stream = streams[route.template];
    const schema = stream === undefined ? response.schema : { $ref: `#/definitions/${stream}` };
    if (schema === undefined) return [];
    const validate = validatorFor(`${method} ${route.template} ${status}`, schema);
    return values.flatMap((value) =>
      validate(value) ? [] : (validate.errors ?? []).map((error) => `${name}: ${describe(error, value)}`),
    );
  };
}

function checkError(name: string, value: unknown): string[] {
  const message = (value as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message !== '' ? [] : [`${name}: an error without a message`];
}

/** The values of a body: one, or one a line. */
function parseBody(body: string): unknown[] | undefined {
  try {
    return [JSON.parse(body)];
  } catch {
    try {
      return body
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return undefined;
    }
  }
}

function describe({ instancePath, message = '', params }: ErrorObject, value: unknown): string {
  const found: unknown = instancePath
    .split('/')
    .slice(1)
    .reduce((at: unknown, key) => (at as Record<string, unknown> | null)?.[unescapePointer(key)], value);
  const allowed = 'allowedValues' in params ? ` ${JSON.stringify(params['allowedValues'])}` : '';
  return `${instancePath || '/'} ${message}${allowed}, but is ${(JSON.stringify(found) ?? 'missing').slice(0, 120)}`;
}

function unescapePointer(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function patternOf(template: string): RegExp {
  // Names of images have slashes in them.
  const pattern = template.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'name' ? '.+' : '[^/]+'));
  return new RegExp(`^${pattern}$`);
}

function fixedLength(template: string): number {
  return template.replace(/\{\w+\}/g, '').length;
}

/** References of a schema outside of the definitions lead into them. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"docker#/definitions/')) as object;
}

interface Schema {
  readonly title?: string;
  readonly properties?: object;
}

function withNullable(schema: Schema): object {
  const free = nullable.filter(([title]) => title === schema.title).map(([, property]) => [property, {}]);
  return { ...schema, properties: { ...schema.properties, ...Object.fromEntries(free) } };
}

/** From Swagger 2 to JSON Schema: `x-nullable`, and null for every array and object. */
function allowNull(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowNull);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(([key]) => key !== 'example' && key !== 'default');
  const copy: Record<string, unknown> = Object.fromEntries(
    entries.map(([key, value]) => [key, allowNull(value)]),
  );
  const { type } = copy;
  const mayBeNull = type === 'array' || type === 'object' || copy['x-nullable'] === true;
  if (!mayBeNull) return copy;
  if (typeof type === 'string') copy['type'] = [type, 'null'];
  if (Array.isArray(copy['enum'])) copy['enum'] = [...copy['enum'], null];
  return copy;
}
