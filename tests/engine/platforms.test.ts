/** Images for other machines: `--platform` of everything but pull. The words were captured from dockerd 28.5.2. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { busyboxArchive } from '../system/busybox.ts';
import { build } from './build-context.ts';
import { useEngine } from './engine-under-test.ts';

describe('platforms', () => {
  const engine = useEngine();
  const arm = encodeURIComponent('{"os":"linux","architecture":"arm64"}');
  const amd = encodeURIComponent('{"os":"linux","architecture":"amd64"}');

  async function ask(method: string, path: string, json?: object) {
    const { status, text } = await engine().request(method, path, json && { body: json });
    const { message } = JSON.parse(text || '{}') as { message?: string };
    return { status, message };
  }
  const mismatch = (name: string, has: string, wanted: string) => ({
    status: 404,
    message: `image with reference ${name} was found but its platform (${has}) does not match the specified platform (${wanted})`,
  });

  before(async () => {
    const words = ['import', '--platform', 'linux/arm64', '--change', 'CMD x', '-', 'armed'];
    const { status, stderr } = await engine().docker(words, { input: Buffer.alloc(1024) });
    assert.equal(status, 0, stderr);
  });

  it('import an image for another machine', async () => {
    assert.equal(await engine().inspect('armed', '{{.Os}}/{{.Architecture}}'), 'linux/arm64');
  });

  it('warn whoever makes a container of an image for another machine', async () => {
    const { status, stdout, stderr } = await engine().docker(['create', '--name', 'for-arm', 'armed']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^[0-9a-f]{64}$/m);
    assert.match(
      stderr,
      /WARNING: The requested image's platform \(linux\/arm64\) does not match the detected host platform \(linux\/amd64\) and no specific platform was requested/,
    );
    const wanted = await engine().docker(['create', '--platform', 'linux/arm64', 'armed']);
    assert.deepEqual([wanted.status, wanted.stderr], [0, '']);
    const ours = await engine().docker(['create', '--platform', 'linux', 'busybox', 'true']);
    assert.deepEqual([ours.status, ours.stderr], [0, '']);
  });

  it('make no container of an image for another machine than the one that is wanted', async () => {
    const create = (image: string, platform: string) =>
      ask('POST', `/containers/create?platform=${platform}`, { Image: image, Cmd: ['x'] });
    assert.deepEqual(
      await create('busybox', 'linux/arm64'),
      mismatch('busybox', 'linux/amd64', 'linux/arm64'),
    );
    assert.deepEqual(await create('armed', 'linux/amd64'), mismatch('armed', 'linux/arm64', 'linux/amd64'));
    const unknown = await create('busybox', 'x');
    assert.deepEqual(unknown, { status: 400, message: '"x": unknown operating system or architecture' });
  });

  it('ask about the image for one machine', async () => {
    for (const what of ['json', 'history']) {
      const path = `/images/busybox/${what}?platform=`;
      assert.equal((await engine().request('GET', path + amd)).status, 200);
      assert.deepEqual(await ask('GET', path + arm), mismatch('busybox', 'linux/amd64', 'linux/arm64'));
      const message = "failed to parse platform: invalid character 'l' looking for beginning of value";
      assert.deepEqual(await ask('GET', `${path}linux`), { status: 400, message });
    }
  });

  it('save and load the image for one machine', async () => {
    assert.equal((await engine().request('GET', `/images/busybox/get?platform=${amd}`)).status, 200);
    assert.deepEqual(await ask('GET', `/images/busybox/get?platform=${arm}`), {
      status: 404,
      message: 'no suitable export target found for platform linux/arm64',
    });
    const load = async (platform: string) => {
      const body = await readFile(await busyboxArchive());
      return (await engine().request('POST', `/images/load?platform=${platform}`, { body })).text;
    };
    assert.match(await load(amd), /Loaded image: busybox:latest/);
    assert.match(await load(arm), /"error":"the archive has no image for the platform linux\/arm64"/);
  });

  it('push nothing that is for another machine', async () => {
    const answer = await ask('POST', `/images/busybox/push?tag=latest&platform=${arm}`);
    assert.deepEqual(answer, mismatch('busybox', 'linux/amd64', 'linux/arm64'));
  });

  it('refuse platforms of removals and builds that are none', async () => {
    const message = 'both OS and Architecture must be provided';
    const removal = await ask('DELETE', '/images/busybox?platforms=%7B%7D');
    assert.deepEqual(removal, { status: 400, message });
    const { status, stderr } = await build(engine(), 'FROM busybox\n', { words: ['--platform', 'x'] });
    assert.equal(status, 1);
    assert.match(stderr, /"x": unknown operating system or architecture/);
  });

  it('count what images have in common, and their containers', async () => {
    const { status } = await build(engine(), 'FROM busybox\nCMD x\n', { words: ['--tag', 'derived'] });
    assert.equal(status, 0);
    await engine().output('create', '--name', 'counted', 'derived');
    const list = async (parameters: string) => {
      const { text } = await engine().request('GET', `/images/json${parameters}`);
      const images: { RepoTags: string[]; Size: number; SharedSize: number; Containers: number }[] =
        JSON.parse(text);
      return (tag: string) => {
        const image = images.find(({ RepoTags }) => RepoTags.includes(tag));
        assert.ok(image, tag);
        return image;
      };
    };
    const plain = await list('');
    assert.deepEqual([plain('busybox:latest').SharedSize, plain('derived:latest').Containers], [-1, 1]);
    const measured = await list('?shared-size=1');
    const { Size } = measured('busybox:latest');
    assert.deepEqual(
      ['busybox:latest', 'derived:latest', 'armed:latest'].map((tag) => measured(tag).SharedSize),
      [Size, Size, 0],
    );
  });
});
