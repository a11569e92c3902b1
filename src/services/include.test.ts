import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalogue } from './catalogue.ts';
import { includeServices } from './include.ts';
import { ServiceError, UnreachableError } from './service-error.ts';

const including = (...names: string[]) => ({
  rancher: { services_include: Object.fromEntries(names.map((name) => [name, true])) },
});

const catalogue: Catalogue = {
  definitions: (name) =>
    name === 'web'
      ? Promise.resolve({ web: { image: 'web' } })
      : Promise.reject(
          name === 'far' ? new UnreachableError('no answer') : new ServiceError('there is no such thing'),
        ),
  list: () => Promise.resolve({ names: [], problems: [] }),
};

test('trying again may help where a repository did not answer, and only there', async () => {
  const include = (...names: string[]) =>
    includeServices(including(...names), () => Promise.resolve(catalogue), 'if absent');
  assert.equal((await include('web')).mayComeLater, false);
  const wrong = await include('web', 'wrong');
  assert.deepEqual([[...wrong.missing], wrong.mayComeLater], [[['wrong', 'there is no such thing']], false]);
  assert.equal(Object.keys(wrong.config.rancher?.services ?? {}).join(), 'web');
  assert.equal((await include('far', 'wrong')).mayComeLater, true);
});
