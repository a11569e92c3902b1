/** All containers: found by id, id prefix or name; kept in `containers/<id>/container.json`. */

import { errorMessage } from '../../linux/error-report.ts';
import {
  exists,
  makeDirectories,
  readDirectory,
  readText,
  removeTree,
  rename,
  writeFileAtomic,
} from '../../linux/file.ts';
import { log } from '../../linux/log.ts';
import { conflict, EngineError, invalidParameter, notFound } from '../errors.ts';
import type { Scratch } from '../scratch.ts';
import { Container, type ContainerRecord } from './container.ts';

const NAME_CHARACTERS = '[a-zA-Z0-9][a-zA-Z0-9_.-]';
/** At least two characters, as in Docker. */
const NAME = new RegExp(`^${NAME_CHARACTERS}+$`);
const RECORD_FILE = 'container.json';

export class ContainerRegistry {
  readonly #root: string;
  readonly #scratch: Scratch;
  readonly #byId = new Map<string, Container>();
  readonly #idByName = new Map<string, string>();

  /** `root` is the directory `containers` of the store. */
  constructor(root: string, scratch: Scratch) {
    this.#root = root;
    this.#scratch = scratch;
    makeDirectories(root, 0o710);
  }

  /** Reads all containers from disk. One that cannot be read is reported and set aside, never fatal. */
  load(): void {
    for (const id of readDirectory(this.#root)) {
      const directory = `${this.#root}/${id}`;
      if (!exists(`${directory}/${RECORD_FILE}`)) {
        removeTree(directory);
        continue;
      }
      try {
        const record = JSON.parse(readText(`${directory}/${RECORD_FILE}`)) as ContainerRecord;
        this.#index(new Container({ ...record, networks: record.networks ?? {}, ports: record.ports ?? [] }));
      } catch (error) {
        log.error(`container ${id} is left out: ${errorMessage(error)}`);
        if (!id.endsWith('.broken')) rename(directory, `${directory}.broken`);
      }
    }
  }

  /** Where a container's files lie. */
  directory(id: string): string {
    return `${this.#root}/${id}`;
  }

  /** All containers, the newest first as `docker ps` shows them. */
  all(): Container[] {
    return [...this.#byId.values()].sort((a, b) => (a.record.created < b.record.created ? 1 : -1));
  }

  /** Finds a container by full id, name (with or without slash) or unique prefix of its id. */
  find(reference: string): Container | undefined {
    const name = reference.replace(/^\//, '');
    const known = this.#byId.get(reference) ?? this.#byId.get(this.#idByName.get(name) ?? '');
    if (known !== undefined || reference === '') return known;
    const matches = [...this.#byId.values()].filter(({ id }) => id.startsWith(reference));
    if (matches.length > 1) throw invalidParameter(`Multiple IDs found with provided prefix: ${reference}`);
    return matches[0];
  }

  /** Like `find`, or throws Docker's 404. */
  get(reference: string): Container {
    const container = this.find(reference);
    if (container === undefined) throw notFound(`No such container: ${reference}`);
    return container;
  }

  /** Throws if a name is malformed (400) or taken (409). */
  checkName(name: string): void {
    if (!NAME.test(name)) {
      throw invalidParameter(`Invalid container name (${name}), only ${NAME_CHARACTERS} are allowed`);
    }
    const owner = this.#idByName.get(name);
    if (owner !== undefined) {
      throw conflict(
        `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
  }

  /** Makes a container known and durable. Its name must be free. */
  add(container: Container): void {
    this.checkName(container.record.name);
    this.save(container);
    this.#index(container);
  }

  /** Writes the container's record. */
  save(container: Container): void {
    const directory = this.directory(container.id);
    try {
      makeDirectories(directory, 0o710);
      writeFileAtomic(`${directory}/${RECORD_FILE}`, JSON.stringify(container.record), 0o600);
    } catch (error) {
      throw new EngineError(500, `cannot save container ${container.id}: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }

  /** Writes the record after something that has happened in any case. If it cannot be written, that is only reported. */
  saveOrReport(container: Container): void {
    try {
      this.save(container);
    } catch (error) {
      log.error(errorMessage(error));
    }
  }

  /** Gives a container another name. */
  rename(container: Container, name: string): void {
    this.checkName(name);
    const old = container.record.name;
    container.record.name = name;
    this.save(container);
    this.#idByName.delete(old);
    this.#idByName.set(name, container.id);
  }

  /** Forgets a container and deletes its directory. If somebody works with its files, these stay until they are done. */
  remove(container: Container): void {
    // Without its record the directory is garbage, whatever else is still in it when the power goes.
    removeTree(`${this.directory(container.id)}/${RECORD_FILE}`);
    this.#byId.delete(container.id);
    this.#idByName.delete(container.record.name);
    const directory = this.directory(container.id);
    if (container.rootUsers > 0) container.remains = this.#scratch.setAside(directory);
    else if (hasFiles(`${directory}/upper`)) this.#scratch.discard(directory);
    else removeTree(directory);
  }

  #index(container: Container): void {
    this.#byId.set(container.id, container);
    this.#idByName.set(container.record.name, container.id);
  }
}

/** Whether a container has changed files, which may be many: they are not removed here and now. */
function hasFiles(upper: string): boolean {
  return exists(upper) && readDirectory(upper).length > 0;
}
