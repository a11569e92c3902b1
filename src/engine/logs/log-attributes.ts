/** What log options add to every entry: labels, environment variables and a tag (`--log-opt labels=…,env=…,tag=…`). */
import type { ContainerRecord } from '../containers/container.ts';
import { invalidParameter } from '../errors.ts';

type Attributes = Record<string, string>;

/** The attributes that a container's options ask for; undefined for none. Throws 400 for a bad expression or tag. */
export function logAttributes(
  { id, name, imageId, config }: Pick<ContainerRecord, 'id' | 'name' | 'imageId' | 'config'>,
  options: Readonly<Record<string, string>>,
): Attributes | undefined {
  const variables = Object.fromEntries((config.Env ?? []).map((entry) => entry.split(/=(.*)/s, 2)));
  const attributes: Attributes = {
    ...chosen(config.Labels ?? {}, options['labels'], options['labels-regex']),
    ...chosen(variables, options['env'], options['env-regex']),
  };
  const tag = formatTag(options['tag'] ?? '', {
    ID: id.slice(0, 12),
    FullID: id,
    Name: name,
    ImageID: imageId.replace('sha256:', '').slice(0, 12),
    ImageFullID: imageId,
    ImageName: config.Image ?? '',
    DaemonName: 'docker',
  });
  if (tag !== '') attributes['tag'] = tag;
  return Object.keys(attributes).length === 0 ? undefined : attributes;
}

/** As `docker logs --details` shows them: sorted, with commas between them. */
export function attributesText(attributes: Readonly<Attributes> = {}): string {
  return Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join(',');
}

function chosen(values: Readonly<Attributes>, names = '', pattern = ''): Attributes {
  const wanted = names.split(',').filter(Boolean);
  const expression = pattern === '' ? undefined : compile(pattern);
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => wanted.includes(key) || expression?.test(key)),
  );
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw invalidParameter(`invalid regular expression "${pattern}"`, { cause: error });
  }
}

/** A template with fields such as `{{.Name}}`. */
function formatTag(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{\s*\.?([^}]*?)\s*\}\}/g, (text, name: string) => {
    const value = fields[name];
    if (value === undefined) throw invalidParameter(`invalid log tag: "${text}" is not known`);
    return value;
  });
}
