/** Images, containers and their layers are removed while somebody works with them, who is not to notice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import { busybox } from '../system/busybox.ts';
import { build } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';
import { eventually } from './eventually.ts';
import { dockerArchiveOf, imageId, layerOf, type TestImage } from './image-archives.ts';
import { engineRoot, listScratch, loadArchive } from './load-archive.ts';
import { registryImage } from './registry-images.ts';
import { type Interception, refuse, ScriptedRegistry } from './scripted-registry.ts';

describe('what is in use', () => {
  const engine = useEngine({ sharesNetwork: true });
  let registry: ScriptedRegistry;
  let layersBefore: string;
  let count = 0;
  const layers = () => engine().inMachine(`${listScratch}; ls ${engineRoot}/layers ${engineRoot}/images`);
  before(async () => {
    registry = await ScriptedRegistry.start();
    layersBefore = await layers();
  });
  after(() => registry.stop());
  afterEach(async () => {
    registry.intercept = () => false;
    const containers = (await engine().output('ps', '--all', '--quiet')).split('\n').filter(Boolean);
    if (containers.length > 0) await engine().output('rm', '--force', ...containers);
    assert.equal(await layers(), layersBefore, 'everything is gone in the end');
  });

  const newLayer = (size = 1000) => layerOf({ name: `file${++count}`, content: randomBytes(size) });

  /** Requests that are held back until a test lets them go on. */
  function holdBack(isMeant: (method: string, url: string) => boolean) {
    const held: (() => void)[] = [];
    let isOpen = false;
    const intercept =
      (otherwise: Interception): Interception =>
      (request, response) => {
        if (isOpen || !isMeant(request.method ?? '', request.url ?? '')) return otherwise(request, response);
        held.push(() => otherwise(request, response) || registry.answer(request, response));
        return true;
      };
    const reached = () => eventually('the request has come', async () => held.length > 0);
    const goOn = () => {
      isOpen = true;
      for (const each of held) each();
    };
    return { intercept, reached, goOn };
  }

  /** An image in the store and one in the registry with a layer more; the blob of that one is held back. */
  async function pullBesideSharedLayer(answer: (response: ServerResponse) => boolean = () => false) {
    const shared = newLayer();
    const image: TestImage = { layers: [shared, newLayer()] };
    await loadArchive(engine(), dockerArchiveOf({ name: 'old:1', layers: [shared] }));
    const stored = registryImage(image);
    const repository = `in-use/image${++count}`;
    registry.put(repository, '1', stored);
    const [, last] = JSON.parse(stored.manifest.toString()).layers as { digest: string }[];
    assert.ok(last);
    const hold = holdBack((_, url) => url.endsWith(last.digest));
    registry.intercept = hold.intercept(({ url }, response) =>
      url?.endsWith(last.digest) ? answer(response) : false,
    );
    const name = `${registry.name}/${repository}:1`;
    const pulled = engine().docker(['pull', '--quiet', name]);
    await hold.reached();
    await engine().output('rmi', 'old:1');
    hold.goOn();
    return { image, name, outcome: await pulled };
  }

  it('stays for a pull that need not download it', async () => {
    const { image, name, outcome } = await pullBesideSharedLayer();
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
    const saved = await engine().request('GET', `/images/${name}/get`);
    assert.ok(image.layers.every((layer) => saved.body.includes(layer)));
    await engine().output('rmi', name);
  });

  it('goes when such a pull fails', async () => {
    const { outcome } = await pullBesideSharedLayer((response) => {
      refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown');
      return true;
    });
    assert.equal(outcome.status, 1);
    assert.doesNotMatch(outcome.stderr, /is missing/);
  });

  it('is pulled again if its name goes while the registry says that nothing has changed', async () => {
    const image: TestImage = { layers: [newLayer()] };
    const stored = registryImage(image);
    registry.put('in-use/unchanged', '1', stored);
    const name = `${registry.name}/in-use/unchanged:1`;
    await engine().output('pull', '--quiet', name);
    const hold = holdBack((method, url) => method === 'HEAD' && url.includes('/manifests/'));
    registry.intercept = hold.intercept(() => false);
    const pulled = engine().docker(['pull', name]);
    await hold.reached();
    await engine().output('rmi', name);
    hold.goOn();
    assert.equal((await pulled).status, 0, (await pulled).stderr);
    assert.equal(await engine().inspect(name, '{{.Id}}'), imageId(image));
    await engine().output('rmi', name);
  });

  it('is pushed to its end', async () => {
    const image = {
      name: `${registry.name}/in-use/pushed:1`,
      layers: Array.from({ length: 6 }, () => newLayer()),
    };
    await loadArchive(engine(), dockerArchiveOf(image));
    const uploaded = new Set<string>();
    let manifest = '';
    const uploads: Interception = (request, response) => {
      const { method, url = '' } = request;
      const parts: Buffer[] = [];
      const respond = (status: number, headers = {}) => {
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          if (method === 'PUT' && url.includes('/manifests/')) manifest = Buffer.concat(parts).toString();
          response.writeHead(status, headers).end();
        });
        return true;
      };
      if (method === 'HEAD') return respond(404);
      if (method === 'GET') return false;
      if (method !== 'PUT') return respond(202, { Location: `/v2/in-use/pushed/blobs/uploads/${++count}` });
      const digest = new URL(url, 'http://registry').searchParams.get('digest');
      if (digest !== null) uploaded.add(digest);
      return respond(201, { Location: url });
    };
    const hold = holdBack((method) => method === 'POST');
    registry.intercept = hold.intercept(uploads);
    const pushed = engine().docker(['push', image.name]);
    await hold.reached();
    await engine().output('rmi', image.name);
    hold.goOn();
    const { status, stderr } = await pushed;
    assert.equal(status, 0, stderr);
    assert.equal(uploaded.size, 7, 'six layers and the configuration');
    const blobs = (JSON.parse(manifest) as { layers: { digest: string }[] }).layers;
    assert.ok(blobs.every(({ digest }) => uploaded.has(digest)));
  });

  it('is saved to its end', async () => {
    const image = { name: 'saved:1', layers: [newLayer(3_000_000), newLayer(3_000_000)] };
    await loadArchive(engine(), dockerArchiveOf(image));
    const { socket, received, closed } = await engine().connect();
    socket.pause();
    socket.write('GET /images/saved:1/get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await eventually('the archive is being written', async () => await isRunning('docker-save'));
    await engine().output('rmi', 'saved:1');
    socket.resume();
    await closed;
    const archive = unchunk(received());
    const { status, stderr } = await loadArchive(engine(), archive);
    assert.equal(status, 0, stderr);
    assert.equal(await engine().inspect('saved:1', '{{.Id}}'), imageId(image));
    await engine().output('rmi', 'saved:1');
  });

  const pidsOf = (worker: string) => `grep -lx ${worker} /proc/[0-9]*/comm | sed 's/[^0-9]//g'`;
  const isRunning = async (worker: string) => (await engine().inMachine(pidsOf(worker))) !== '';

  /** A stopped container of an image that nobody else has, with files of its own. */
  async function changedContainer(name: string): Promise<void> {
    const layer = layerOf({ name: 'below', content: `below ${++count}` });
    await loadArchive(engine(), dockerArchiveOf({ name: `base-${name}:1`, layers: [layer] }));
    await engine().output('create', '--name', name, `base-${name}:1`);
    const files = Array.from({ length: 300 }, (_, index) => ({
      name: `file${index}`,
      content: randomBytes(20_000),
    }));
    const { status, text } = await engine().request('PUT', `/containers/${name}/archive?path=/`, {
      body: layerOf(...files),
    });
    assert.equal(status, 200, text);
  }

  it('is committed as a whole', async () => {
    await changedContainer('committed');
    const committed = engine().docker(['commit', 'committed', 'whole:1']);
    const pid = await engine().inMachine(`
      while true; do pid=$(${pidsOf('docker-commit')}); [ -n "$pid" ] && break; usleep 2000; done
      kill -STOP $pid; echo $pid`);
    await engine().output('rm', 'committed');
    await engine().output('rmi', 'base-committed:1');
    await engine().inMachine(`kill -CONT ${pid}`);
    const { status, stderr } = await committed;
    assert.equal(status, 0, stderr);
    const saved = await engine().request('GET', '/images/whole:1/get');
    const text = saved.body.toString('latin1');
    assert.equal(new Set(text.match(/\bfile\d+(?=\0)/g)).size, 300);
    assert.match(text, /below \d/);
    await engine().output('rmi', 'whole:1');
  });

  it('is exported as a whole', async () => {
    await changedContainer('exported');
    const { socket, received, closed } = await engine().connect();
    socket.pause();
    socket.write('GET /containers/exported/export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await eventually('the archive is being written', async () => await isRunning('docker-export'));
    await engine().output('rm', 'exported');
    await engine().output('rmi', 'base-exported:1');
    socket.resume();
    await closed;
    const text = unchunk(received()).toString('latin1');
    assert.equal(new Set(text.match(/\bfile\d+(?=\0)/g)).size, 300);
    assert.match(text, /below \d/);
  });

  it('stays for a build', async () => {
    await engine().output('tag', busybox, 'base:1');
    const dockerfile = 'FROM base:1\nRUN sleep 2\nRUN echo two > /two\n';
    const built = build(engine(), dockerfile, { words: ['--quiet', '--tag', 'built:1'] });
    await eventually('a step runs', async () => (await engine().output('ps', '--quiet')) !== '');
    await engine().output('rmi', '--force', 'base:1');
    await engine().output('image', 'prune', '--force');
    assert.equal((await built).status, 0, (await built).stderr);
    assert.equal(await engine().output('run', '--rm', 'built:1', 'cat', '/two'), 'two');
    await engine().output('rmi', 'built:1');
  });
});

/** The body of an answer in chunks. */
function unchunk(text: string): Buffer {
  const body = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1');
  const parts: Buffer[] = [];
  for (let start = 0; ; ) {
    const end = body.indexOf('\r\n', start);
    assert.ok(end >= 0, 'the answer is complete');
    const size = Number.parseInt(body.toString('latin1', start, end), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    start = end + 2 + size + 2;
  }
}
