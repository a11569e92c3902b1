import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileFiles } from './profile.ts';

test('tells shells of proxies and further folders of programs', () => {
  assert.deepEqual(
    profileFiles({
      network: { http_proxy: "http://it's:3128" },
      environment: { PATH: '/opt/bin,/opt/my tools' },
    }),
    {
      'proxy.sh': "export http_proxy='http://it'\\''s:3128'\nexport HTTP_PROXY='http://it'\\''s:3128'\n",
      'path.sh': `export PATH="$PATH":'/opt/bin'\nexport PATH="$PATH":'/opt/my tools'\n`,
    },
  );
  assert.deepEqual(profileFiles(undefined), { 'proxy.sh': '', 'path.sh': '' });
});
