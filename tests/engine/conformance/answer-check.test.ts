/** The checks of answers can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerCheck, type JsonAnswer } from './answer-check.ts';
import { apiDescription } from './api-description.ts';
import { tapHttp } from './http-tap.ts';

const check = answerCheck(await apiDescription());
const volume = { Name: 'v', Driver: 'local', Mountpoint: '/v', Labels: null, Scope: 'local', Options: null };
const answer = (path: string, value: unknown, status = 200, method = 'GET'): JsonAnswer => ({
  method,
  path,
  status,
  body: JSON.stringify(value),
});

test('an answer as Docker gives it fits', () => {
  assert.deepEqual(check(answer('/v1.51/volumes/v', volume)), []);
  assert.deepEqual(check(answer('/volumes', { Volumes: [volume], Warnings: null })), []);
  assert.deepEqual(check(answer('/containers/x/json', { message: 'No such container: x' }, 404)), []);
});

for (const [what, wrong, message] of [
  ['a missing key', { ...volume, Driver: undefined }, /: \/ must have required property 'Driver'/],
  ['a wrong type', { ...volume, Labels: { a: 1 } }, /: \/Labels\/a must be string, but is 1/],
  ['a wrong word', { ...volume, Scope: 'near' }, /: \/Scope must be .* \["local","global"\], but is "near"/],
] as const) {
  test(`${what} is found`, () => {
    assert.match(check(answer('/volumes/v', wrong)).join('\n'), message);
  });
}

test('an error without a message, an unknown status and text that is not JSON are found', () => {
  assert.match(check(answer('/volumes/v', { error: 'no' }, 404)).join(), /error without a message/);
  assert.match(check(answer('/volumes/v', volume, 201)).join(), /never answers with this status/);
  assert.match(check({ ...answer('/volumes/v', volume), body: '{"a"' }).join(), /not JSON/);
});

test('answers are found on a connection, however its bytes come', () => {
  const toServer =
    'GET /v1.51/a?b=c HTTP/1.1\r\nHost: x\r\n\r\nPOST /d HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}';
  const upgrade = 'POST /raw HTTP/1.1\r\nConnection: Upgrade\r\n\r\n';
  const json = 'Content-Type: application/json\r\n';
  const toClient = [
    `HTTP/1.1 200 OK\r\n${json}Content-Length: 3\r\n\r\n[1]`,
    `HTTP/1.1 201 Created\r\n${json}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n3\r\n\n[]\r\n0\r\n\r\n`,
    'HTTP/1.1 101 UPGRADED\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1',
  ].join('');
  for (const size of [1, 7, 1000]) {
    const answers: JsonAnswer[] = [];
    const tap = tapHttp((answer) => answers.push(answer));
    const pieces = (text: string) =>
      Buffer.from(text)
        .toString()
        .match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    for (const piece of pieces(toServer + upgrade)) tap.fromClient(Buffer.from(piece));
    for (const piece of pieces(toClient)) tap.fromServer(Buffer.from(piece));
    tap.end();
    assert.deepEqual(
      answers.map(({ method, path, status, body }) => [method, path, status, body.replace(/\s/g, '')]),
      [
        ['GET', '/v1.51/a', 200, '[1]'],
        ['POST', '/d', 201, '{}[]'],
      ],
    );
  }
});
