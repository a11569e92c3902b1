/** Archives, Dockerfiles, accounts and bodies of commits that are damaged: carried out or refused, and nothing half-made stays. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { busybox } from '../system/busybox.ts';
import { useEngine } from './engine-under-test.ts';
import { assertFairAnswer, assertModestMemory } from './fairness.ts';
import type { HttpAnswer } from './http-request.ts';
import { dockerArchiveOf, layerOf, ociArchiveOf } from './image-archives.ts';
import { engineRoot, listScratch } from './load-archive.ts';
import { mutationsOf } from './mutations.ts';
import { randomFrom } from './random.ts';
import { rawTar } from './raw-tar.ts';

const seed = 20_261_124;
const ROUNDS = 60;

describe('damaged archives', () => {
  const engine = useEngine();
  let random = randomFrom(seed);
  beforeEach(() => {
    random = randomFrom(seed);
  });

  const store = () =>
    engine().inMachine(
      `${listScratch}; cd ${engineRoot}; ls images layers containers volumes; cat repositories.json`,
    );
  const post = (path: string, body: Uint8Array | object) =>
    engine().request('POST', path, {
      body,
      headers: { 'Content-Type': body instanceof Uint8Array ? 'application/x-tar' : 'application/json' },
    });

  /** A copy with some bytes changed, exchanged, repeated, left out, or without its end. */
  function damaged(original: Buffer): Buffer {
    const bytes = Buffer.from(original);
    for (let count = 1 + random.below(4); count > 0; count--) {
      // Mostly in the first header, where it matters.
      const at = random.below(random.below(2) === 0 ? Math.min(512, bytes.length) : bytes.length);
      const length = 1 + random.below(32);
      switch (random.below(5)) {
        case 0:
          bytes[at] = random.below(256);
          break;
        case 1:
          bytes.fill(random.pick([0, 0x20, 0x37, 0xff]), at, at + length);
          break;
        case 2:
          bytes.copyWithin(random.below(bytes.length), at, at + length);
          break;
        case 3:
          return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        default:
          return bytes.subarray(0, at);
      }
    }
    return bytes;
  }

  /** With checksums that are right, so that what else is in the headers is looked at. */
  function withChecksums(tar: Buffer): Buffer {
    for (let at = 0; at + 512 <= tar.length; at += 512) {
      const header = tar.subarray(at, at + 512);
      if (header.toString('latin1', 257, 262) !== 'ustar') continue;
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    }
    return tar;
  }

  /** An error within an answer that has begun is one too, and has a text. */
  function assertFair(answer: HttpAnswer, title: string): boolean {
    assertFairAnswer(answer, title);
    const failed = /"error(Detail)?":/.test(answer.text);
    if (failed) assert.match(answer.text, /"error":"[^"]+/, title);
    assert.doesNotMatch(answer.text, /TypeError|ReferenceError|InternalError|not a function/, title);
    return answer.status < 300 && !failed;
  }

  /** Sends damaged copies; the store is as before after each that is refused, and `undo` ends the others. */
  async function bombard(
    context: Parameters<typeof assertModestMemory>[1],
    originals: readonly Buffer[],
    send: (bytes: Buffer) => Promise<HttpAnswer>,
    undo: () => Promise<unknown>,
  ): Promise<void> {
    const before = await store();
    let accepted = 0;
    for (const original of originals) {
      const answer = await send(original);
      assert.ok(assertFair(answer, 'as it was'), answer.text);
    }
    await undo();
    await assertModestMemory(engine(), context, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = damaged(random.pick(originals));
        const sent = round % 3 === 0 ? bytes : withChecksums(bytes);
        if (!assertFair(await send(sent), `round ${round} of seed ${seed}`)) continue;
        accepted++;
        await undo();
      }
    });
    await undo();
    assert.equal(await store(), before);
    context.diagnostic(`${accepted} of ${ROUNDS} were accepted`);
  }

  const tar = rawTar([
    { name: 'directory/', type: 'directory', mode: 0o755 },
    { name: 'directory/file', content: 'content\n', mode: 0o4755, uid: 1000, time: 1e9 },
    { name: 'pax', type: 'extended', content: '21 path=another/name\n' },
    { name: 'other', content: 'x'.repeat(1500) },
    { name: 'link', type: 'link', target: 'directory/file' },
    { name: 'hard', type: 'hardLink', target: 'directory/file' },
    { name: 'pipe', type: 'fifo' },
    { name: 'directory/.wh.gone' },
  ]);
  const pruneAll = async () => {
    const names = (await engine().output('images', '--quiet', '--filter', 'dangling=true')).split('\n');
    const fuzzed = (await engine().output('images', '--quiet', 'fuzzed')).split('\n');
    const ids = [...new Set([...names, ...fuzzed])].filter(Boolean);
    if (ids.length > 0) await engine().output('rmi', '--force', ...ids);
  };

  it('do not get half in by cp', async (context) => {
    await engine().output('create', '--name', 'target', busybox);
    const put = (body: Buffer) => engine().request('PUT', '/containers/target/archive?path=/tmp', { body });
    await bombard(context, [tar, gzipSync(tar)], put, async () => {});
    await engine().output('rm', 'target');
  });

  it('do not get half in by import', async (context) => {
    const send = (body: Buffer) => post('/images/create?fromSrc=-&repo=fuzzed', body);
    await bombard(context, [tar, gzipSync(tar)], send, pruneAll);
  });

  it('do not get half in by load', async (context) => {
    const image = { name: 'fuzzed:1', layers: [layerOf({ name: 'a', content: 'b' }), tar] };
    const archives = [rawTar(dockerArchiveOf(image)), rawTar(ociArchiveOf('fuzzed:1', [image]))];
    const imageIds = async () => [
      ...new Set((await engine().output('images', '--quiet', '--no-trunc')).split('\n').filter(Boolean)),
    ];
    const known = await imageIds();
    await bombard(
      context,
      [...archives, ...archives.map((archive) => gzipSync(archive))],
      (body) => post('/images/load', body),
      async () => {
        const others = (await imageIds()).filter((id) => !known.includes(id));
        if (others.length > 0) await engine().output('rmi', '--force', ...others);
      },
    );
  });

  const dockerfile = `# escape=\\
ARG BASE=${busybox}
FROM \${BASE} AS first
ENV A=b "C D"=e
WORKDIR /work
COPY --chown=1:1 directory/ another ./
ADD ["another/name", "/x y"]
LABEL one="two \\
  three"
EXPOSE 80/tcp
USER 1
HEALTHCHECK --interval=5s CMD true
ONBUILD RUN true
FROM scratch
COPY --from=first /work /
CMD ["a", "b"]
`;

  it('and damaged Dockerfiles do not build half an image', async (context) => {
    const words = 'networkmode=none&forcerm=1&t=fuzzed:1';
    const contextOf = (text: Buffer) =>
      Buffer.concat([rawTar([{ name: 'Dockerfile', content: text }]).subarray(0, -1024), tar]);
    const undo = async () => {
      await pruneAll();
      await engine().output('image', 'prune', '--force');
    };
    await bombard(
      context,
      [Buffer.from(dockerfile)],
      (text) => post(`/build?${words}`, contextOf(text)),
      undo,
    );
    await bombard(
      context,
      [contextOf(Buffer.from(dockerfile))],
      (body) => post(`/build?${words}`, body),
      undo,
    );
  });

  it('and damaged accounts are refused', async (context) => {
    const account = {
      username: 'a',
      password: 'b',
      email: '',
      serveraddress: 'https://127.0.0.1:1',
      identitytoken: '',
      registrytoken: '',
    };
    const before = await store();
    await assertModestMemory(engine(), context, async () => {
      for (const { title, value } of mutationsOf(account)) {
        const header = Buffer.from(JSON.stringify(value)).toString('base64url');
        const headers = { 'X-Registry-Auth': header, 'X-Registry-Config': header };
        if (header.length < 16_000) {
          const answer = await engine().request('POST', '/images/create?fromImage=127.0.0.1:1/x&tag=1', {
            headers,
          });
          assert.ok([400, 404, 500].includes(answer.status), `${title}: ${answer.status} ${answer.text}`);
          assert.doesNotMatch(answer.text, /TypeError|not a function|undefined/, title);
        }
        const auth = await post('/auth', value as object);
        assert.ok(auth.status >= 400, title);
        assert.doesNotMatch(auth.text, /TypeError|not a function|undefined/, title);
      }
      for (let round = 0; round < ROUNDS; round++) {
        const header = damaged(Buffer.from(Buffer.from(JSON.stringify(account)).toString('base64url')))
          .toString('latin1')
          .replace(/[^ -~]/g, '?');
        const answer = await engine().request('POST', '/images/create?fromImage=127.0.0.1:1/x&tag=1', {
          headers: { 'X-Registry-Auth': header },
        });
        assert.ok([400, 404, 500].includes(answer.status), `${header}: ${answer.status} ${answer.text}`);
      }
    });
    assert.equal(await store(), before);
  });

  it('and strange commits make no image, or one that is whole', async (context) => {
    await engine().output('create', '--name', 'committed', busybox);
    const config = {
      Cmd: ['a'],
      Entrypoint: ['b'],
      Env: ['A=b'],
      ExposedPorts: { '80/tcp': {} },
      Labels: { a: 'b' },
      User: '1',
      Volumes: { '/v': {} },
      WorkingDir: '/w',
      Healthcheck: { Test: ['NONE'] },
      OnBuild: ['RUN true'],
      StopSignal: 'TERM',
    };
    const before = await store();
    await assertModestMemory(engine(), context, async () => {
      for (const { title, value } of mutationsOf(config)) {
        const answer = await post('/commit?container=committed', value as object);
        assertFairAnswer(answer, title);
        if (answer.status !== 201) continue;
        const { Id } = JSON.parse(answer.text) as { Id: string };
        assert.equal((await engine().request('GET', `/images/${Id}/json`)).status, 200, title);
        assert.equal((await engine().request('DELETE', `/images/${Id}`)).status, 200, title);
      }
    });
    assert.equal(await store(), before);
    await engine().output('rm', 'committed');
  });
});
