/** Pulling a large image from a registry on this machine's loopback, as it is seen from a virtual machine. */
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { DebianRegistry } from '../tests/engine/debian-registry.ts';
import { upload } from '../tests/engine/registry-images.ts';
import { bigImage } from './pulled-image.ts';

/** Where QEMU's guests find this machine's 127.0.0.1, and a network around it for lists of insecure registries. */
const hostAddress = '10.0.2.2';
export const guestNetwork = '10.0.2.0/24';

/** An engine may remove the files of an image after it has answered. */
const removalMilliseconds = 3000;

/** Serves the image. */
export class PullSource {
  readonly #registry: DebianRegistry;

  private constructor(registry: DebianRegistry) {
    this.#registry = registry;
  }

  static async start(): Promise<PullSource> {
    const registry = await DebianRegistry.start();
    await upload(registry.name, 'large', 'latest', bigImage());
    return new PullSource(registry);
  }

  async stop(): Promise<void> {
    await this.#registry.stop();
  }

  /** Pulls the image in a machine and removes it again; returns the seconds that pulling took. */
  async pull(docker: Docker): Promise<number> {
    const name = `${this.#registry.name.replace('127.0.0.1', hostAddress)}/large:latest`;
    const start = performance.now();
    const progress: NodeJS.ReadableStream = await docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
    });
    const seconds = (performance.now() - start) / 1000;
    await docker.getImage(name).remove();
    await setTimeout(removalMilliseconds);
    return seconds;
  }
}
