/** The parameters of `POST /build`. */
import * as v from 'valibot';
import { type Query, queryFlag, queryInteger, queryValue } from '../../http/query.ts';
import { type HostConfig, parseHostConfig } from '../../oci/container-config.ts';
import { FormatError } from '../../oci/errors.ts';
import { parseJson } from '../../oci/json.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { invalidParameter, notImplemented } from '../errors.ts';

export interface BuildOptions {
  /** Names for the image, as Docker shows them. */
  readonly tags: readonly string[];
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  readonly buildArguments: ReadonlyMap<string, string | undefined>;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly target: string;
  /** URL of the context, if the client does not send it; empty if it does. */
  readonly remote: string;
  readonly platform: string;
  readonly usesCache: boolean;
  /** Names of images, besides those that were built here, whose steps may be taken over. */
  readonly cacheSources: readonly string[];
  /** Pull images also if they are there. */
  readonly pulls: boolean;
  /** Tell nothing but the image's id. */
  readonly isQuiet: boolean;
  /** Remove the containers of steps that succeeded, or of all. */
  readonly removes: 'successful' | 'all' | 'none';
  /** Of the containers that RUN makes. */
  readonly hostConfig: HostConfig;
}

const argumentMap = v.nullable(v.record(v.string(), v.nullable(v.string())));
const nameList = v.nullable(v.array(v.string()));
const labelMap = v.nullable(v.record(v.string(), v.string()));

/** Throws EngineError or FormatError for a parameter that is wrong or asks for what the engine does not have. */
export function parseBuildOptions(query: Query): BuildOptions {
  const text = (name: string) => queryValue(query, name) ?? '';
  refuse(text);
  const forcesRemoval = queryFlag(query, 'forcerm');
  return {
    tags: (query.get('t') ?? []).filter((tag) => tag !== '').map(parseTag),
    dockerfile: text('dockerfile') || 'Dockerfile',
    buildArguments: new Map(
      Object.entries(parseMap(argumentMap, text, 'buildargs') ?? {}).map(([name, value]) => [
        name,
        value ?? undefined,
      ]),
    ),
    labels: Object.entries(parseMap(labelMap, text, 'labels') ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    target: text('target'),
    remote: text('remote'),
    platform: platformOf(text('platform')),
    usesCache: !queryFlag(query, 'nocache'),
    cacheSources: parseMap(nameList, text, 'cachefrom') ?? [],
    pulls: queryFlag(query, 'pull'),
    isQuiet: queryFlag(query, 'q'),
    removes: forcesRemoval
      ? 'all'
      : queryFlag(query, 'rm', true) || text('rm') === ''
        ? 'successful'
        : 'none',
    hostConfig: parseLimits(query),
  };
}

/** The text, once it is known to be a platform. */
function platformOf(text: string): string {
  if (text !== '') parsePlatform(text, hostPlatform(host.architecture));
  return text;
}

function refuse(text: (name: string) => string): void {
  if (text('version') === '2') {
    throw notImplemented(
      'BuildKit is not supported by this engine: use the classic builder (DOCKER_BUILDKIT=0)',
    );
  }
  if (!['', '0', 'false'].includes(text('squash'))) {
    throw invalidParameter('squash is only supported with experimental mode');
  }
  if (!['', 'null', '[]'].includes(text('outputs'))) {
    throw invalidParameter('outputs are only supported with BuildKit, which this engine does not have');
  }
}

function parseTag(tag: string): string {
  const reference = parseReference(tag);
  if (reference.digest !== undefined) throw invalidParameter('build tag cannot contain a digest');
  return familiarReference(withDefaultTag(reference));
}

function parseMap<S extends v.GenericSchema>(
  schema: S,
  text: (name: string) => string,
  name: string,
): v.InferOutput<S> | undefined {
  return text(name) === '' ? undefined : parseJson(schema, text(name), name);
}

function parseLimits(query: Query): HostConfig {
  const text = (name: string) => queryValue(query, name) ?? '';
  const ulimits = text('ulimits') === '' ? undefined : parseJson(v.unknown(), text('ulimits'), 'ulimits');
  return parseHostConfig({
    NetworkMode: text('networkmode'),
    Memory: queryInteger(query, 'memory'),
    MemorySwap: queryInteger(query, 'memswap'),
    CpuShares: queryInteger(query, 'cpushares'),
    CpuPeriod: queryInteger(query, 'cpuperiod'),
    CpuQuota: queryInteger(query, 'cpuquota'),
    CpusetCpus: text('cpusetcpus'),
    CpusetMems: text('cpusetmems'),
    CgroupParent: text('cgroupparent'),
    ShmSize: queryInteger(query, 'shmsize'),
    SecurityOpt: query.get('securityopt'),
    ExtraHosts: parseExtraHosts(text('extrahosts')),
    Ulimits: ulimits,
    LogConfig: { Type: 'none' },
  });
}

/** A list in JSON, or with commas. */
function parseExtraHosts(text: string): string[] {
  try {
    return parseJson(v.array(v.string()), text || '[]', 'extrahosts');
  } catch (error) {
    if (error instanceof FormatError) return text.split(',');
    throw error;
  }
}
