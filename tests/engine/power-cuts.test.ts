/**
 * The engine dies at any instruction, again and again, while clients load, pull, push, run, commit and remove: it always
 * starts again, and what it answered for is there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { busybox } from '../system/busybox.ts';
import { DebianRegistry } from './debian-registry.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import { dockerArchiveOf, layerOf } from './image-archives.ts';
import { assertNothingIsLeft, tracesOfContainers } from './leftovers.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { randomFrom } from './random.ts';
import { rawTar } from './raw-tar.ts';
import { MANIFEST, registryImage, upload } from './registry-images.ts';
import { runsInVm, slowness } from './virtual.ts';

/** More where there is time: PADDOCK_POWER_CUTS=200 takes minutes; fewer where each costs a boot. */
const cuts = Number(process.env['PADDOCK_POWER_CUTS'] ?? (runsInVm ? 20 : 40));
const seed = 20_260_102;
/** The longest time that a round works before the power goes; most of the work is done in it. */
const longestRound = 400;

describe('power cuts', () => {
  let engine: EngineUnderTest;
  let registry: DebianRegistry;
  let traces = '';
  const random = randomFrom(seed);

  before(async () => {
    registry = await DebianRegistry.start();
    engine = await EngineUnderTest.start({ sharesNetwork: true, cutsPower: true });
    traces = await tracesOfContainers(engine);
    await engine.loadBusybox();
  });
  after(async () => {
    await engine.remove();
    await registry.stop();
  });

  /** An image like no other. */
  const makeImage = () => ({
    layers: ['lower', 'upper'].map((name) =>
      layerOf({ name, content: `${random.next()}`.repeat(1 + random.below(10_000)) }),
    ),
  });

  /** What was answered with success, and so must outlive the cut. */
  interface Promised {
    readonly images: Set<string>;
    readonly containers: Set<string>;
    readonly volumes: Set<string>;
    /** Tags of the registry's repository `pushed`. */
    readonly pushed: Set<string>;
  }

  /** One client that works until the engine is gone. Names are its own, so that it knows what must be there. */
  async function work(client: number, promised: Promised): Promise<void> {
    for (let step = 0; ; step++) {
      const name = `${client}-${step}`;
      const ok = async (method: string, path: string, body?: object | Buffer) => {
        const { status, text } = await engine.request(method, path, body && { body });
        assert.ok(status < 300 && !text.includes('"errorDetail"'), `${method} ${path}: ${status} ${text}`);
      };
      const load = async (image: string) => {
        await ok('POST', '/images/load?quiet=1', rawTar(dockerArchiveOf({ name: image, ...makeImage() })));
      };
      const create = async (script: string, hostConfig: object = {}) => {
        const config = {
          Image: busybox,
          Cmd: ['sh', '-c', script],
          HostConfig: { NetworkMode: 'none', ...hostConfig },
        };
        await ok('POST', `/containers/create?name=${name}`, config);
        promised.containers.add(name);
      };
      switch (random.below(7)) {
        case 0:
          await load(`loaded:${name}`);
          promised.images.add(`loaded:${name}`);
          break;
        case 1:
          await create('echo out; sleep 5', { Binds: [`volume-${name}:/data`] });
          promised.volumes.add(`volume-${name}`);
          await ok('POST', `/containers/${name}/start`);
          break;
        case 2:
          await create('exit 0');
          await ok('POST', `/containers/${name}/start`);
          await ok('POST', `/containers/${name}/wait`);
          promised.containers.delete(name);
          await ok('DELETE', `/containers/${name}?v=1`);
          break;
        case 3:
          await create('echo changed >/file');
          await ok('POST', `/commit?container=${name}&repo=committed&tag=${name}`, {});
          promised.images.add(`committed:${name}`);
          break;
        case 4: {
          const pulled = `${registry.name}/pulled`;
          await upload(registry.name, 'pulled', name, registryImage(makeImage()));
          await ok('POST', `/images/create?fromImage=${pulled}&tag=${name}`);
          promised.images.add(`${pulled}:${name}`);
          break;
        }
        case 5: {
          const pushed = `${registry.name}/pushed`;
          await load(`${pushed}:${name}`);
          await ok('POST', `/images/${pushed}/push?tag=${name}`);
          // Only now: the other client may remove what is promised.
          promised.images.add(`${pushed}:${name}`);
          promised.pushed.add(name);
          break;
        }
        default: {
          const [image] = promised.images;
          if (image === undefined) break;
          promised.images.delete(image);
          await ok('DELETE', `/images/${image}`);
        }
      }
    }
  }

  /** Everything that the answers name can be used. */
  async function checkStore(promised: Promised): Promise<void> {
    const get = async (path: string) => {
      const { status, text } = await engine.request('GET', path);
      assert.equal(status, 200, `${path}: ${text}`);
      return JSON.parse(text) as Record<string, string>[];
    };
    const names = new Set((await get('/containers/json?all=1')).map(({ Names }) => Names?.[0]?.slice(1)));
    for (const name of promised.containers) assert.ok(names.has(name), `container ${name} is gone`);
    const images = (await get('/images/json')).flatMap(({ RepoTags }) => RepoTags ?? []);
    for (const image of promised.images) assert.ok(images.includes(image), `image ${image} is gone`);
    for (const name of promised.volumes) await get(`/volumes/${name}`);
    for (const name of names) await get(`/containers/${name}/json`);
    for (const image of images) await get(`/images/${image}/json`);
    for (const tag of promised.pushed) {
      const { status } = await fetch(`http://${registry.name}/v2/pushed/manifests/${tag}`, {
        headers: { Accept: MANIFEST },
      });
      assert.equal(status, 200, `the registry lacks ${tag}`);
    }
  }

  it(`${cuts} of them lose nothing and leave nothing`, async (context) => {
    const kept = { images: 0, containers: 0, volumes: 0, pushed: 0 };
    const kinds = Object.keys(kept) as (keyof typeof kept)[];
    for (let cut = 0; cut < cuts; cut++) {
      const promised: Promised = {
        images: new Set(),
        containers: new Set(),
        volumes: new Set(),
        pushed: new Set(),
      };
      const clients = [1, 2].map((client) =>
        work(cut * 10 + client, promised).catch((error: Error) => error),
      );
      await setTimeout(random.below(longestRound * slowness));
      await engine.cutPower();
      for (const error of await Promise.all(clients)) {
        // The connection broke; anything else would be an answer that the client did not expect.
        assert.match(String(error), /ECONN|EPIPE|ENOENT|aborted|socket hang up/, `cut ${cut}`);
      }
      await engine.switchOn();
      await checkStore(promised);
      for (const kind of kinds) kept[kind] += promised[kind].size;
      if (cut % 10 === 9) await removeAll();
    }
    assert.doesNotMatch(await engine.machine.log(), /is left out/);
    context.diagnostic(`found after cuts: ${JSON.stringify(kept)}`);
  });

  /** Every image runs, then all is removed: what is left then was referred to by nobody. */
  async function removeAll(): Promise<void> {
    await engine.output('run', '--rm', '--network', 'none', busybox, 'true');
    const words = (text: string) => text.split('\n').filter(Boolean);
    const images = words(await engine.output('images', '--format', '{{.Repository}}:{{.Tag}}'));
    // A commit that was cut off between the image and its name.
    const nameless = words(await engine.output('images', '--quiet', '--filter', 'dangling=true'));
    const doomed = [
      ...images.filter((image) => /(^loaded|^committed|\/pulled|\/pushed):/.test(image)),
      ...nameless,
    ];
    const containers = words(await engine.output('ps', '--all', '--quiet'));
    if (containers.length > 0) await engine.output('rm', '--force', '--volumes', ...containers);
    if (doomed.length > 0) await engine.output('rmi', ...doomed);
    await engine.output('volume', 'prune', '--all', '--force');
    await assertNothingIsLeft(engine, traces);
  }

  it('layers and images of nobody are garbage, and collected', async () => {
    await removeAll();
    await engine.output('rmi', busybox);
    await engine.cutPower();
    await engine.switchOn();
    const script = `${listScratch}; ls ${engineRoot}/layers ${engineRoot}/images ${engineRoot}/containers`;
    assert.doesNotMatch(await engine.inMachine(script), /[0-9a-f]{64}/);
  });
});
