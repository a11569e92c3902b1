import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionScript } from './stand-in-library.ts';

test('each version of a stand-in has the functions that are asked of it', () => {
  const symbols = [
    { name: 'sd_notify', version: 'LIBSYSTEMD_209' },
    { name: 'sd_bus_call', version: 'LIBSYSTEMD_221' },
    { name: 'sd_bus_wait', version: 'LIBSYSTEMD_221' },
  ];
  assert.equal(
    versionScript(symbols),
    'LIBSYSTEMD_209 { global: sd_notify; };\nLIBSYSTEMD_221 { global: sd_bus_call; sd_bus_wait; };\n',
  );
});
