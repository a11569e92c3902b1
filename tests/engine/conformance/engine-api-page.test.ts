/** docs/engine-api.md says what of Docker's API there is; this keeps it true. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository } from '../../../builder/cache.ts';
import { useEngine } from '../engine-under-test.ts';
import { apiDescription } from './api-description.ts';

interface Row {
  /** Such as `GET /containers/{id}/json`. */
  readonly operation: string;
  readonly status: string;
  readonly remark: string;
}

async function readRows(): Promise<Row[]> {
  const page = await readFile(join(repository, 'docs/engine-api.md'), 'utf8');
  const rows = page.matchAll(/^\| `([A-Z]+ \/[^`]*)` *\| (\S+) *\| (.*?) *\|$/gm);
  return [...rows].map(([, operation = '', status = '', remark = '']) => ({ operation, status, remark }));
}

/** Parameters that let a question be answered soon, without the world outside. */
const queries: Readonly<Record<string, string>> = { 'GET /events': 'until=1' };

/** The status and the message of the engine's answer about objects that do not exist; a stream is not waited for. */
function ask(socketPath: string, operation: string): Promise<{ status: number; message: string }> {
  const [method = '', template = ''] = operation.split(' ');
  const path = `${template.replace(/\{\w+\}/g, 'absent')}?${queries[operation] ?? ''}`;
  return new Promise((resolve, reject) => {
    const question = request({ socketPath, method, path }, (response) => {
      const { statusCode: status = 0 } = response;
      if (status < 400) {
        response.destroy();
        resolve({ status, message: '' });
        return;
      }
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({ status, message: (JSON.parse(text || '{}') as Error).message ?? '' }),
      );
    });
    question.on('error', reject).end();
  });
}

describe('the page about the API', () => {
  const engine = useEngine();

  it('has every operation of the description, once', async () => {
    const { paths } = await apiDescription();
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const rows = (await readRows()).map(({ operation }) => operation);
    assert.equal(new Set(rows).size, rows.length);
    assert.deepEqual(
      described.filter((operation) => !rows.includes(operation)),
      [],
    );
    const own = ['POST /build/cancel', 'POST /grpc', 'POST /paddock/reexec'];
    assert.deepEqual(rows.filter((operation) => !described.includes(operation)).sort(), own);
  });

  it('says of every operation what the engine answers', async () => {
    const wrong: string[] = [];
    for (const { operation, status, remark } of await readRows()) {
      const answer = await ask(engine().socketPath, operation);
      const isUnknown = answer.status === 404 && answer.message === 'page not found';
      const isRefused =
        [501, 503].includes(answer.status) || /^plugin "absent" not found/.test(answer.message);
      const actual = isUnknown ? ['absent'] : isRefused ? ['refused'] : ['supported', 'partial'];
      if (!actual.includes(status)) wrong.push(`${operation}: ${status}, but ${JSON.stringify(answer)}`);
      if (status === 'partial' && remark === '') wrong.push(`${operation}: what is missing?`);
    }
    assert.deepEqual(wrong, []);
  });
});
