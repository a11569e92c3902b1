import { copyFile, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cached, repository, sourcesOf, writeAtomically } from './cache.ts';
import { dockerArchive } from './image/docker-archive.ts';
import { type BuiltImage, buildImages } from './image/images.ts';
import { makeInitrd } from './initrd.ts';
import { makeIso } from './iso.ts';
import { prepareKernel } from './kernel.ts';
import { addExecutable, makeRootfs } from './rootfs.ts';
import { buildFirstInit, buildRuntime } from './runtime.ts';
import { makeSbom } from './sbom.ts';

/** What the build leaves in `out/`, as paths there. */
export interface Artifacts {
  readonly kernel: string;
  readonly initrd: string;
  readonly iso: string;
  /** The executable of the OS. */
  readonly runtime: string;
  /** Folder name in os/images → archive for `docker load`. */
  readonly images: Readonly<Record<string, string>>;
  readonly sbom: string;
  /** JSON with the size of everything, in bytes. */
  readonly sizes: string;
}

export type ArtifactName = keyof Artifacts;

const outDirectory = join(repository, 'out');

/** Builds the named artefacts, as far as they are not built, and puts them into `out/`. */
export async function buildArtifacts<const Name extends ArtifactName>(
  names: readonly Name[],
): Promise<Pick<Artifacts, Name>> {
  const builder = new Builder();
  const results: Partial<Artifacts> = {};
  for (const name of new Set<ArtifactName>(names)) Object.assign(results, { [name]: await builder[name]() });
  return results as Pick<Artifacts, Name>;
}

/** Builds one image of os/images with those below it; returns its archive for `docker load` in `out/images/`. */
export async function buildImageArchive(name: string): Promise<string> {
  const [image] = await buildImages([name]);
  if (!image) throw new Error(`no image "${name}"`);
  return await publishImage(image);
}

/** The steps by what they make. Each runs once, however many others need it. */
class Builder implements Record<ArtifactName, () => Promise<unknown>> {
  readonly #kernel = once(prepareKernel);
  readonly #images = once(() => buildImages());
  readonly #executable = once(async () => (await buildRuntime()).executable);
  readonly #rootfs = once(
    async () =>
      await addExecutable(
        await makeRootfs(await this.#kernel(), await this.#images()),
        await this.#executable(),
      ),
  );
  readonly #initrd = once(
    async () => await makeInitrd(await buildFirstInit(), await this.#kernel(), await this.#rootfs()),
  );
  readonly #iso = once(async () => await makeIso((await this.#kernel()).image, await this.#initrd()));

  async kernel(): Promise<string> {
    return await publish((await this.#kernel()).image, 'vmlinuz');
  }

  async initrd(): Promise<string> {
    return await publish(await this.#initrd(), 'initrd');
  }

  async iso(): Promise<string> {
    return await publish(await this.#iso(), 'paddock.iso');
  }

  async runtime(): Promise<string> {
    return await publish(await this.#executable(), 'paddock');
  }

  async images(): Promise<Record<string, string>> {
    const archives: Record<string, string> = {};
    for (const image of await this.#images()) archives[image.name] = await publishImage(image);
    return archives;
  }

  async sbom(): Promise<string> {
    return await publishText(await makeSbom(), 'sbom.json');
  }

  async sizes(): Promise<string> {
    const size = async (path: string) => (await stat(path)).size;
    const sizes = {
      iso: await size(await this.#iso()),
      kernel: await size((await this.#kernel()).image),
      initrd: await size(await this.#initrd()),
      rootfs: await size(await this.#rootfs()),
      executable: await size(await this.#executable()),
      // Compressed by gzip, each with the layers that it shares with others.
      images: Object.fromEntries((await this.#images()).map(({ name, layers }) => [name, sum(layers)])),
    };
    return await publishText(`${JSON.stringify(sizes, null, 2)}\n`, 'sizes.json');
  }
}

function sum(layers: BuiltImage['layers']): number {
  return layers.reduce((total, { gzipSize }) => total + gzipSize, 0);
}

function once<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= run();
    return result;
  };
}

async function publishImage(image: BuiltImage): Promise<string> {
  const file = `${image.name}.tar`;
  const inputs = [image.reference, image.config, ...(await sourcesOf(import.meta.url))];
  const directory = await cached(`archive-${image.name}`, inputs, (into) =>
    writeFile(join(into, file), dockerArchive(image)),
  );
  return await publish(join(directory, file), join('images', file));
}

/** Copies a file of the cache, so that whoever writes to the copy does not change what later builds take. */
async function publish(source: string, name: string): Promise<string> {
  const target = join(outDirectory, name);
  const unfinished = join(dirname(target), `.${basename(target)}.${process.pid}`);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, unfinished);
  await rename(unfinished, target);
  return target;
}

async function publishText(text: string, name: string): Promise<string> {
  const target = join(outDirectory, name);
  await writeAtomically(target, text);
  return target;
}
