/** The volumes of the engine, `<root>/volumes/<name>/{_data,volume.json}`; the driver is always `local`. */
import { timestamp } from '../../linux/clock.ts';
import { SyscallError } from '../../linux/errno.ts';
import { errorMessage } from '../../linux/error-report.ts';
import {
  changeOwner,
  exists,
  makeDirectories,
  makeDirectory,
  readDirectory,
  rename,
  syncDirectory,
  writeFileAtomic,
} from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import { mount, unmount } from '../../linux/mount.ts';
import { mountOverlay } from '../../linux/overlay.ts';
import { randomId } from '../../linux/random.ts';
import { startWorker } from '../../linux/worker.ts';
import { conflict, EngineError, notFound } from '../errors.ts';
import type { EventLog } from '../events.ts';
import { Scratch } from '../scratch.ts';
import { fillVolume } from './fill-volume.ts';
import { parseMountOptions } from './mount-options.ts';
import { treeSize } from './tree-size.ts';
import {
  ANONYMOUS_LABEL,
  checkVolumeName,
  checkVolumeOptions,
  readVolumeFile,
  VOLUME_DATA,
  VOLUME_FILE,
  type Volume,
  type VolumeFile,
} from './volume.ts';

export { ANONYMOUS_LABEL, type Volume } from './volume.ts';

/** What a new volume shall be. */
export interface VolumeRequest {
  /** Without one the volume is anonymous: it gets a random name and a label that says so. */
  readonly name?: string | undefined;
  readonly driver?: string | undefined;
  readonly options?: Readonly<Record<string, string>> | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
}

type Owner = { readonly uid: number; readonly gid: number };

const NOBODY: ReadonlySet<string> = new Set();

export class VolumeStore {
  readonly #directory: string;
  readonly #scratch: Scratch;
  readonly #events: EventLog;
  readonly #owner: Owner;
  readonly #volumes = new Map<string, Volume>();
  /** The containers that have a volume mounted now, by its name. */
  readonly #mounted = new Map<string, Set<string>>();
  #copies: Promise<void> = Promise.resolve();

  /** @param owner whom new volumes belong to */
  constructor(root: string, events: EventLog, owner: Owner = { uid: 0, gid: 0 }) {
    this.#directory = `${root}/volumes`;
    this.#scratch = new Scratch(root);
    this.#events = events;
    this.#owner = owner;
    makeDirectories(this.#directory, 0o711);
    for (const name of readDirectory(this.#directory)) this.#read(name);
  }

  /** All volumes, sorted by name. */
  list(): Volume[] {
    return [...this.#volumes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Volume | undefined {
    return this.#volumes.get(name);
  }

  /** Throws 404. */
  get(name: string): Volume {
    const volume = this.find(name);
    if (volume === undefined) throw notFound(`get ${name}: no such volume`);
    return volume;
  }

  /** Makes a volume, or gives the one that has this name already. Throws 400 or 404 for what cannot be. */
  create({ name, driver = 'local', options, labels }: VolumeRequest): Volume {
    if (driver !== 'local' && driver !== '') {
      throw notFound(`error looking up volume plugin ${driver}: plugin "${driver}" not found`);
    }
    const existing = this.find(name ?? '');
    if (existing !== undefined) return existing;
    const isAnonymous = name === undefined || name === '';
    const chosen = isAnonymous ? randomId() : name;
    checkVolumeName(chosen);
    checkVolumeOptions(chosen, options ?? {});
    const file: VolumeFile = {
      created: timestamp(),
      labels: isAnonymous ? { ...labels, [ANONYMOUS_LABEL]: '' } : (labels ?? null),
      options: options ?? null,
    };
    this.#make(chosen, file);
    const volume = this.#add(chosen, file);
    this.#events.publish('volume', 'create', chosen, { driver: 'local' });
    return volume;
  }

  /**
   * Removes a volume with its data.
   * @param usedBy the ids of the containers that have it; throws 409 if there are any
   */
  remove(name: string, usedBy: readonly string[] = []): void {
    const { driver } = this.get(name);
    if (usedBy.length > 0) throw conflict(`remove ${name}: volume is in use - [${usedBy.join(', ')}]`);
    const [container] = this.#mounted.get(name) ?? NOBODY;
    if (container !== undefined) throw conflict(`remove ${name}: volume is in use - [${container}]`);
    this.#scratch.discard(`${this.#directory}/${name}`);
    this.#volumes.delete(name);
    this.#events.publish('volume', 'destroy', name, { driver });
  }

  /**
   * Lets a container use a volume: what its options name is mounted for the first one.
   * @param attributes of the event, such as the destination in the container
   */
  mount(name: string, containerId: string, attributes: Record<string, string> = {}): void {
    this.#addUser(name, containerId);
    this.#events.publish('volume', 'mount', name, { container: containerId, driver: 'local', ...attributes });
  }

  /** Knows a use that began before this program took over: everything is mounted already. */
  resumeUse(name: string, containerId: string): void {
    const users = this.#mounted.get(name) ?? new Set();
    this.#mounted.set(name, users.add(containerId));
  }

  /** Ends a container's use; with the last one's the mount ends. Not to be using it is fine. */
  unmount(name: string, containerId: string): void {
    if (!this.#removeUser(name, containerId)) return;
    this.#events.publish('volume', 'unmount', name, { container: containerId, driver: 'local' });
  }

  /** Keeps a volume mounted for somebody who works with its files. Returns a function that ends it. */
  hold(name: string): () => void {
    const user = randomId();
    this.#addUser(name, user);
    return () => {
      this.#removeUser(name, user);
    };
  }

  /**
   * Fills a volume, if it is empty, with what an image has at a path: owners, modes and attributes included.
   * @param containerId for which it is done; the volume is mounted meanwhile
   * @param layers directories of the image's layers, the uppermost first
   * @param mountLayers puts them together, with the owners that they have for the container
   */
  copyUp(
    volume: Volume,
    containerId: string,
    layers: readonly string[],
    path: string,
    mountLayers: typeof mountOverlay = mountOverlay,
  ): Promise<void> {
    const copy = async () => {
      const scratch = this.#scratch.create();
      try {
        this.#addUser(volume.name, containerId);
        await fillVolume(volume.mountpoint, layers, path, { scratch, mountLayers });
      } finally {
        this.#removeUser(volume.name, containerId);
        this.#scratch.discard(scratch);
      }
    };
    // One after the other: two containers may be created at once with the same empty volume.
    const done = this.#copies.then(copy);
    this.#copies = done.catch(() => {});
    return done;
  }

  /** Bytes in all files of a volume. */
  measure({ mountpoint }: Volume): Promise<number> {
    return startWorker({ name: 'volume-size' }, () => treeSize(mountpoint)).result;
  }

  #addUser(name: string, containerId: string): void {
    const volume = this.get(name);
    const users = this.#mounted.get(name) ?? new Set();
    if (users.size === 0) mountByOptions(volume);
    this.#mounted.set(name, users.add(containerId));
  }

  /** Whether it was one. */
  #removeUser(name: string, containerId: string): boolean {
    const users = this.#mounted.get(name);
    if (users === undefined || !users.delete(containerId)) return false;
    if (users.size > 0) return true;
    this.#mounted.delete(name);
    const volume = this.find(name);
    if (volume?.options['device'] !== undefined) unmount(volume.mountpoint);
    return true;
  }

  /** Made aside and renamed into its place: there is never half a volume. */
  #make(name: string, file: VolumeFile): void {
    const staging = this.#scratch.create();
    try {
      makeDirectory(`${staging}/${VOLUME_DATA}`, 0o755);
      changeOwner(`${staging}/${VOLUME_DATA}`, this.#owner.uid, this.#owner.gid);
      writeFileAtomic(`${staging}/${VOLUME_FILE}`, `${JSON.stringify(file)}\n`);
      rename(staging, `${this.#directory}/${name}`);
    } catch (error) {
      this.#scratch.discard(staging);
      throw error;
    }
    syncDirectory(this.#directory);
  }

  #read(name: string): void {
    const directory = `${this.#directory}/${name}`;
    try {
      checkVolumeName(name);
      if (!exists(`${directory}/${VOLUME_DATA}`)) makeDirectory(`${directory}/${VOLUME_DATA}`, 0o755);
      this.#add(name, readVolumeFile(`${directory}/${VOLUME_FILE}`));
    } catch (error) {
      log.error(`volume ${name} is left out: ${errorMessage(error)}`);
    }
  }

  #add(name: string, { created, labels, options }: VolumeFile): Volume {
    const volume: Volume = {
      name,
      driver: 'local',
      mountpoint: `${this.#directory}/${name}/${VOLUME_DATA}`,
      created,
      labels: labels ?? {},
      hasLabels: labels !== null,
      options: options ?? {},
    };
    this.#volumes.set(name, volume);
    return volume;
  }
}

function mountByOptions({ mountpoint, options }: Volume): void {
  const { device, type = '', o = '' } = options;
  if (device === undefined) return;
  const { flags, data } = parseMountOptions(o);
  try {
    mount(device, mountpoint, type, flags, data);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new EngineError(
      500,
      `error while mounting volume '${mountpoint}': failed to mount local volume: mount ${device}:${mountpoint}: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
