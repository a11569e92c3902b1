/** A volume group of LVM, as its metadata describe it, and what the kernel's device mapper is to make of it. */
import * as v from 'valibot';
import type { MappingTarget } from '../linux/device-mapper.ts';
import { checkMetadata } from './check-metadata.ts';
import { parseLvmText } from './lvm-text.ts';

export interface VolumeGroup {
  readonly name: string;
  /** This and other ids are without hyphens. */
  readonly id: string;
  /** The larger, the newer. */
  readonly sequence: number;
  /** In sectors of 512 bytes. */
  readonly extentSize: number;
  /** Why none of it may be used here; undefined if it may. */
  readonly obstacle: string | undefined;
  readonly physicalVolumes: ReadonlyMap<string, { readonly id: string; readonly start: number }>;
  readonly logicalVolumes: readonly LogicalVolume[];
}

export interface LogicalVolume {
  readonly name: string;
  readonly id: string;
  readonly isReadOnly: boolean;
  /** Why it cannot be activated; undefined if it can. */
  readonly obstacle: string | undefined;
  readonly segments: readonly StripedSegment[];
}

/** In extents, but for the size of a stripe: sectors. */
interface StripedSegment {
  readonly start: number;
  readonly count: number;
  readonly stripeSize: number;
  /** One for each stripe. A single one is a linear volume. */
  readonly areas: readonly { readonly physicalVolume: string; readonly extent: number }[];
}

/** Names are parts of paths. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9_+.][A-Za-z0-9_+.-]*$/;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const words = v.array(v.string());
const id = v.pipe(
  v.string(),
  v.transform((text) => text.replaceAll('-', '')),
);
const section = v.record(v.string(), v.unknown());

const PHYSICAL = v.object({ id, pe_start: count });
const LOGICAL = v.looseObject({
  id,
  status: words,
  flags: v.optional(words, []),
  segment_count: count,
});
const SEGMENT = v.object({
  start_extent: count,
  extent_count: v.pipe(count, v.minValue(1)),
  type: v.string(),
  stripe_size: v.optional(count, 0),
  stripes: v.optional(v.array(v.union([v.string(), count])), []),
  origin: v.optional(v.string()),
  cow_store: v.optional(v.string()),
});
const GROUP = v.object({
  id,
  seqno: count,
  format: v.literal('lvm2'),
  status: words,
  system_id: v.optional(v.string(), ''),
  lock_type: v.optional(v.string(), 'none'),
  extent_size: v.pipe(count, v.minValue(1)),
  physical_volumes: v.record(v.string(), PHYSICAL),
  logical_volumes: v.optional(v.record(v.string(), LOGICAL), {}),
});

type Segment = v.InferOutput<typeof SEGMENT>;

/** @throws an Error that says what is wrong with the text */
export function parseVolumeGroup(text: string): VolumeGroup {
  const groups = Object.entries(parseLvmText(text)).filter(([, value]) => v.is(section, value));
  const [[name = '', value] = []] = groups;
  if (groups.length !== 1 || !NAME.test(name)) throw new Error('its metadata are not of one volume group');
  const group = checkMetadata(GROUP, value, name);
  const { status, system_id: system, lock_type: lock } = group;
  const volumes = Object.entries(group.logical_volumes).map(([volume, fields]) => ({
    name: volume,
    fields,
    segments: segmentsOf(`${name}/${volume}`, fields),
  }));
  const inSnapshots = new Set(
    volumes.flatMap(({ segments }) => segments.flatMap(({ origin, cow_store }) => [origin, cow_store])),
  );
  return {
    name,
    id: group.id,
    sequence: group.seqno,
    extentSize: group.extent_size,
    obstacle: status.includes('EXPORTED')
      ? 'it is exported'
      : system !== ''
        ? `it belongs to the system ${system}`
        : lock !== 'none'
          ? `it is shared with other machines by ${lock}`
          : undefined,
    physicalVolumes: new Map(
      Object.entries(group.physical_volumes).map(([key, volume]) => [
        key,
        { id: volume.id, start: volume.pe_start },
      ]),
    ),
    logicalVolumes: volumes
      .filter(({ fields }) => fields.status.includes('VISIBLE') && !fields.flags.includes('ACTIVATION_SKIP'))
      .map(({ name: volume, fields, segments }) => ({
        name: volume,
        id: fields.id,
        isReadOnly: !fields.status.includes('WRITE'),
        obstacle:
          obstacleIn(segments) ??
          (inSnapshots.has(volume)
            ? 'it belongs to a snapshot'
            : NAME.test(volume)
              ? undefined
              : 'its name is none'),
        segments: segments.map(toStriped),
      })),
  };
}

function segmentsOf(name: string, volume: v.InferOutput<typeof LOGICAL>): Segment[] {
  return Array.from({ length: volume.segment_count }, (_, index) =>
    checkMetadata(SEGMENT, volume[`segment${index + 1}`], `${name}: segment ${index + 1}`),
  );
}

function obstacleIn(segments: readonly Segment[]): string | undefined {
  const other = segments.find(({ type }) => type !== 'striped');
  if (other !== undefined) return `it is of the type ${other.type}; only linear and striped ones are known`;
  return segments.some(({ stripes }) => stripes.length < 2) ? 'it lies nowhere' : undefined;
}

function toStriped({ start_extent, extent_count, stripe_size, stripes }: Segment): StripedSegment {
  const areas = [];
  // Names and extents by turns.
  for (let at = 0; at + 1 < stripes.length; at += 2) {
    areas.push({ physicalVolume: String(stripes[at]), extent: Number(stripes[at + 1]) });
  }
  return { start: start_extent, count: extent_count, stripeSize: stripe_size, areas };
}

/**
 * The stretches of a logical volume.
 * @param deviceOf the number of the device of a physical volume, by its id; undefined if it is missing
 * @throws an Error that says why it cannot be activated
 */
export function targetsOf(
  group: VolumeGroup,
  { obstacle, segments }: LogicalVolume,
  deviceOf: (id: string) => string | undefined,
): MappingTarget[] {
  if (obstacle !== undefined) throw new Error(obstacle);
  const placeOf = ({ physicalVolume, extent }: StripedSegment['areas'][number]): string => {
    const volume = group.physicalVolumes.get(physicalVolume);
    if (volume === undefined) throw new Error(`it lies on ${physicalVolume}, which is no physical volume`);
    const device = deviceOf(volume.id);
    if (device === undefined) throw new Error(`the physical volume ${volume.id} is missing`);
    return `${device} ${volume.start + extent * group.extentSize}`;
  };
  return segments.map(({ start, count: extents, stripeSize, areas }) => {
    const places = areas.map(placeOf).join(' ');
    return {
      start: start * group.extentSize,
      length: extents * group.extentSize,
      type: areas.length === 1 ? 'linear' : 'striped',
      parameters: areas.length === 1 ? places : `${areas.length} ${stripeSize} ${places}`,
    };
  });
}

/** As LVM names it in /dev/mapper: a hyphen of a name is doubled. */
export function mappedName(group: string, volume: string): string {
  return [group, volume].map((name) => name.replaceAll('-', '--')).join('-');
}
