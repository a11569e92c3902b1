import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { run } from '../../builder/exec.ts';
import { freePort } from '../../builder/qemu/ports.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { imageId, layerOf, type TestImage } from './image-archives.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { indexOf, type RegistryImage, registryImage } from './registry-images.ts';
import { refuse, ScriptedRegistry, sendHalf } from './scripted-registry.ts';
import { namespacesOnly } from './virtual.ts';

describe('docker pull from registries that fail', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: ScriptedRegistry;
  let count = 0;
  before(async () => {
    registry = await ScriptedRegistry.start();
  });
  after(() => registry.stop());
  afterEach(() => {
    registry.intercept = () => false;
    registry.requests.length = 0;
  });

  /** An image that is like no other, with layers of this many bytes. */
  function newImage(...sizes: readonly number[]): TestImage {
    return { layers: sizes.map((size) => layerOf({ name: `file${++count}`, content: randomBytes(size) })) };
  }

  /** Puts an image into the registry; returns its name there and its largest blob. */
  function offer(stored: RegistryImage): { name: string; blob: string; content: Buffer } {
    const repository = `faults/image${++count}`;
    registry.put(repository, '1', stored);
    const [blob, content] = [...stored.blobs].sort((a, b) => b[1].length - a[1].length)[0] ?? [
      '',
      Buffer.of(),
    ];
    return { name: `${registry.name}/${repository}:1`, blob, content };
  }

  const traces = () => engine().inMachine(`${listScratch}; ls ${engineRoot}/images ${engineRoot}/layers`);

  async function assertRefused(name: string, message: RegExp): Promise<void> {
    const before = await traces();
    const { status, stderr } = await engine().docker(['pull', name]);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.equal(await traces(), before);
  }

  test('goes on where a connection broke', async () => {
    const image = newImage(500_000);
    const { name, blob, content } = offer(registryImage(image));
    registry.intercept = ({ url, headers }, response) => {
      if (!url?.includes(blob) || headers.range !== undefined) return false;
      sendHalf(response, content);
      return true;
    };
    await engine().output('pull', name);
    const ranges = registry.requests
      .filter(({ url }) => url?.includes(blob))
      .map(({ headers }) => headers.range);
    assert.deepEqual(ranges, [undefined, `bytes=${Math.floor(content.length / 2)}-`]);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
    await engine().output('rmi', name);
  });

  test('goes on with each layer where its connection broke', async () => {
    const image = newImage(400_000, 300_000, 200_000, 100_000);
    const stored = registryImage(image);
    const { name } = offer(stored);
    const halves = new Map<string, number>();
    registry.intercept = ({ url = '', headers }, response) => {
      const blob = url.replace(/^.*\/blobs\//, '');
      const content = stored.blobs.get(blob);
      if (content === undefined || content.length < 50_000 || headers.range !== undefined) return false;
      halves.set(blob, Math.floor(content.length / 2));
      sendHalf(response, content);
      return true;
    };
    await engine().output('pull', name);
    assert.equal(halves.size, 4);
    for (const [blob, half] of halves) {
      const asked = registry.requests.filter(({ url }) => url?.endsWith(blob));
      assert.deepEqual(
        asked.map(({ headers }) => headers.range),
        [undefined, `bytes=${half}-`],
      );
    }
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
    await engine().output('rmi', name);
  });

  test('gives up on a registry that dies half-way, and pulls when it is back', async () => {
    const mortal = await ScriptedRegistry.start();
    const port = Number(mortal.name.split(':')[1]);
    const stored = registryImage(newImage(400_000, 300_000));
    const putAll = (into: ScriptedRegistry) => into.put('faults/mortal', '1', stored);
    putAll(mortal);
    mortal.intercept = ({ url = '' }, response) => {
      const content = stored.blobs.get(url.replace(/^.*\/blobs\//, ''));
      if (content === undefined || content.length < 50_000) return false;
      response.writeHead(200, { 'Content-Length': content.length });
      response.write(content.subarray(0, 1000), () => void mortal.stop());
      return true;
    };
    const name = `${mortal.name}/faults/mortal:1`;
    await assertRefused(name, /dial tcp 127\.0\.0\.1:\d+: connect: connection refused/);
    const back = await ScriptedRegistry.start({ port });
    putAll(back);
    await engine().output('pull', name);
    await back.stop();
    await engine().output('rmi', name);
  });

  test('asks for no manifest of an image that it has', async () => {
    const first = newImage(1000);
    const { name } = offer(registryImage(first));
    await engine().output('pull', name);
    registry.requests.length = 0;
    assert.match(
      await engine().output('pull', name),
      /^1: Pulling from [\s\S]*^Status: Image is up to date for /m,
    );
    assert.equal(registry.fetches('/manifests/'), 0);
    const changed = newImage(1000);
    registry.put(name.replace(/^[^/]*\/(.*):1$/, '$1'), '1', registryImage(changed));
    assert.match(await engine().output('pull', name), /^Status: Downloaded newer image for /m);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(changed));
    await engine().output('rmi', name, imageId(first));
  });

  test('begins anew if the registry cannot go on', async () => {
    const image = newImage(300_000);
    const { name, blob, content } = offer(registryImage(image));
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(blob)) return false;
      if (registry.fetches(blob) === 1) sendHalf(response, content);
      else response.writeHead(200, { 'Content-Length': content.length }).end(content);
      return true;
    };
    await engine().output('pull', name);
    assert.equal(registry.fetches(blob), 2);
    await engine().output('rmi', name);
  });

  test('comes again when it is told to', async () => {
    const { name, blob } = offer(registryImage(newImage(1000)));
    registry.intercept = ({ url }, response) => {
      const isFirst = registry.fetches(url ?? '') === 1;
      if (!isFirst || url === '/v2/') return false;
      if (!url?.includes(blob) && !url?.includes('/manifests/1')) return false;
      response.setHeader('Retry-After', '0');
      if (url.includes(blob)) refuse(response, 503, 'UNAVAILABLE', 'come again');
      else refuse(response, 429, 'TOOMANYREQUESTS', 'you have reached your pull rate limit');
      return true;
    };
    await engine().output('pull', name);
    assert.equal(registry.fetches(blob), 2);
    await engine().output('rmi', name);
  });

  test('does not take another blob for the one it asked for', async () => {
    const stored = registryImage(newImage(200_000));
    const { name, blob, content } = offer(stored);
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(blob)) return false;
      response.end(Buffer.alloc(content.length, 'x'));
      return true;
    };
    await assertRefused(name, new RegExp(`filesystem layer verification failed for digest ${blob}`));
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(blob)) return false;
      response.end(Buffer.concat([content, Buffer.alloc(1000)]));
      return true;
    };
    await assertRefused(name, /is longer than the \d+ bytes that its manifest says/);
  });

  test('does not take another manifest or configuration for the one it asked for', async () => {
    const stored = registryImage(newImage(1000));
    const other = registryImage(newImage(1000));
    const { name } = offer(stored);
    registry.intercept = ({ url }, response) => {
      if (!url?.endsWith(`/manifests/${stored.digest}`)) return false;
      response.setHeader('Content-Type', other.mediaType).end(other.manifest);
      return true;
    };
    const byDigest = name.replace(/:1$/, `@${stored.digest}`);
    await assertRefused(byDigest, new RegExp(`manifest verification failed for digest ${stored.digest}`));
    const config = [...stored.blobs].find(([, content]) => content.toString().startsWith('{'))?.[0] ?? '';
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(config)) return false;
      response.end('{}');
      return true;
    };
    await assertRefused(name, /image config verification failed/);
  });

  test('refuses layers that the configuration does not name, and those that are no layers', async () => {
    const image = newImage(1000);
    const changed = registryImage(image, { compress: () => layerOf({ name: 'other', content: '' }) });
    await assertRefused(offer(changed).name, /but the image's configuration names sha256:/);
    const junk = registryImage(newImage(1000), { compress: () => randomBytes(5000) });
    await assertRefused(offer(junk).name, /tar|block|header|name/i);
    const layerType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    await assertRefused(
      offer(registryImage(newImage(1000), { layerType })).name,
      /foreign layers are not supported/,
    );
  });

  test('says in one error what is not there', async () => {
    const name = `${registry.name}/faults/nothing`;
    const ask = async (tag: string) =>
      engine().request('POST', `/images/create?fromImage=${encodeURIComponent(name)}&tag=${tag}`);
    const unknown = await ask('1');
    assert.equal(unknown.status, 404);
    assert.equal(
      JSON.parse(unknown.text).message,
      `manifest for ${name}:1 not found: manifest unknown: manifest unknown`,
    );
    registry.intercept = ({ url }, response) => {
      if (url === '/v2/') return false;
      refuse(response, 401, 'DENIED', 'requested access to the resource is denied');
      return true;
    };
    const denied = await ask('1');
    assert.equal(denied.status, 404);
    assert.equal(
      JSON.parse(denied.text).message,
      `pull access denied for ${name}, repository does not exist or may require 'docker login': ` +
        'denied: requested access to the resource is denied',
    );
    const dead = `127.0.0.1:${await freePort()}`;
    const { status, text } = await engine().request('POST', `/images/create?fromImage=${dead}/x&tag=1`);
    assert.equal(status, 500);
    assert.equal(
      JSON.parse(text).message,
      `Get "http://${dead}/v2/": dial tcp ${dead}: connect: connection refused`,
    );
  });

  test('takes the image for this machine, or for the platform that it is told', async () => {
    const amd = newImage(1000);
    const arm = { ...newImage(1000), architecture: 'arm64' };
    const [forAmd, forArm, attestation] = [amd, arm, newImage(10)].map((image) => registryImage(image));
    assert(forAmd && forArm && attestation);
    const stored = indexOf([
      ['unknown/unknown', attestation],
      ['linux/arm64', forArm],
      ['linux/amd64', forAmd],
    ]);
    registry.put('faults/many', '1', stored, forAmd, forArm, attestation);
    const name = `${registry.name}/faults/many:1`;
    await engine().output('pull', name);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(amd));
    assert.match(await engine().inspect(name, '{{.RepoDigests}}'), new RegExp(stored.digest));
    await engine().output('pull', '--platform', 'linux/arm64/v8', name);
    assert.equal(await engine().inspect(name, '{{.Id}} {{.Architecture}}'), `${imageId(arm)} arm64`);
    const { status, stderr } = await engine().docker(['pull', '--platform', 'linux/s390x', name]);
    assert.equal(status, 1);
    assert.match(stderr, /no matching manifest for linux\/s390x in the manifest list entries/);
    const answer = await engine().request('GET', `/distribution/${name}/json`);
    assert.equal(JSON.parse(answer.text).Platforms.length, 3);
    await engine().output('rmi', name, imageId(amd));
  });

  test('takes layers that are compressed with zstd, or not at all', async () => {
    const image = newImage(100_000, 10);
    const [lower, upper] = image.layers;
    assert(lower && upper);
    const compressed = await run('zstd', ['-q', '-c'], { input: lower });
    for (const [layerType, compress] of [
      [
        'application/vnd.oci.image.layer.v1.tar+zstd',
        (layer: Buffer) => (layer === lower ? compressed : layer),
      ],
      ['application/vnd.oci.image.layer.v1.tar', (layer: Buffer) => layer],
    ] as const) {
      const { name } = offer(registryImage(image, { layerType, compress }));
      await engine().output('pull', name);
      assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
      await engine().output('rmi', name);
    }
  });

  test('asks for a token, and does not give it to others', async () => {
    const { name, blob, content } = offer(registryImage(newImage(1000)));
    const elsewhere = await ScriptedRegistry.start();
    elsewhere.intercept = (_, response) => {
      response.end(content);
      return true;
    };
    registry.intercept = ({ url = '', headers }, response) => {
      if (url.startsWith('/token')) {
        response.end('{"token":"secret","expires_in":60}');
        return true;
      }
      if (headers.authorization !== 'Bearer secret') {
        const realm = `http://${registry.name}/token`;
        response.setHeader('WWW-Authenticate', `Bearer realm="${realm}",service="here",scope="x"`);
        refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
        return true;
      }
      if (!url.includes(blob)) return false;
      response.writeHead(307, { Location: `http://${elsewhere.name}/there` }).end();
      return true;
    };
    await engine().output('pull', name);
    const token = registry.requests.find(({ url }) => url?.startsWith('/token'))?.url ?? '';
    const path = name.replace(/^[^/]*\/(.*):1$/, '$1');
    assert.equal(decodeURIComponent(token), `/token?service=here&scope=repository:${path}:pull`);
    assert.deepEqual(
      elsewhere.requests.map(({ headers }) => headers.authorization),
      [undefined],
    );
    await elsewhere.stop();
    await engine().output('rmi', name);
  });

  test('stops when the client goes, and shares what two clients want', async () => {
    const { name, blob, content } = offer(registryImage(newImage(100_000)));
    const before = await traces();
    let release = () => {};
    let closed = 0;
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(blob)) return false;
      response.on('close', () => closed++);
      response.writeHead(200, { 'Content-Length': content.length }).write(content.subarray(0, 5000));
      release = () => response.end(content.subarray(5000));
      return true;
    };
    const lonely = engine()
      .docker(['pull', name], { seconds: 1.5 })
      .catch(() => {});
    await eventually('the download has begun', () => registry.fetches(blob) === 1);
    await lonely;
    await eventually('the engine has hung up', () => closed === 1);
    assert.equal(await traces(), before);
    const both = [engine().docker(['pull', name]), engine().docker(['pull', name])];
    await eventually('the download has begun again', () => registry.fetches(blob) === 2);
    await setTimeout(500);
    release();
    for (const { status, stdout } of await Promise.all(both)) {
      assert.equal(status, 0);
      assert.match(stdout, /Pull complete[\s\S]*Status: Downloaded newer image/);
    }
    assert.equal(registry.fetches(blob), 2);
    await engine().output('rmi', name);
  });

  const skip = namespacesOnly('one cut');
  test('has nothing of a pull that the power has cut', { skip }, async () => {
    const before = await traces();
    const { name, blob, content } = offer(registryImage(newImage(1000, 300_000)));
    registry.intercept = ({ url }, response) => {
      if (!url?.includes(blob)) return false;
      response.writeHead(200, { 'Content-Length': content.length }).write(content.subarray(0, 100_000));
      return true;
    };
    const pulling = engine().docker(['pull', name]);
    await eventually('the download has begun', () => registry.fetches(blob) === 1);
    await setTimeout(200);
    await engine().cutPower();
    assert.notEqual((await pulling).status, 0);
    await engine().switchOn();
    assert.equal(await traces(), before);
    registry.intercept = () => false;
    await engine().output('pull', name);
    await engine().output('rmi', name);
  });
});
