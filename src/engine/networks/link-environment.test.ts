import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkEnvironment } from './link-environment.ts';
import { parseLink } from './link-format.ts';

test('variables are named by alias and port, the lowest port first', () => {
  const target = {
    address: '172.18.0.1',
    ports: [
      { port: 8080, protocol: 'tcp' },
      { port: 53, protocol: 'udp' },
    ],
    environment: ['PATH=/bin', 'HOME=/root', 'PASSWORD=a=b', 'HOMELY=yes', 'unset'],
  } as const;
  assert.deepEqual(linkEnvironment('/shop/my-db', target), [
    'MY_DB_PORT=udp://172.18.0.1:53',
    'MY_DB_PORT_53_UDP=udp://172.18.0.1:53',
    'MY_DB_PORT_53_UDP_ADDR=172.18.0.1',
    'MY_DB_PORT_53_UDP_PORT=53',
    'MY_DB_PORT_53_UDP_PROTO=udp',
    'MY_DB_PORT_8080_TCP=tcp://172.18.0.1:8080',
    'MY_DB_PORT_8080_TCP_ADDR=172.18.0.1',
    'MY_DB_PORT_8080_TCP_PORT=8080',
    'MY_DB_PORT_8080_TCP_PROTO=tcp',
    'MY_DB_NAME=/shop/my-db',
    'MY_DB_ENV_PASSWORD=a=b',
    'MY_DB_ENV_HOMELY=yes',
  ]);
});

test('links are read as people write them, and as inspect shows them', () => {
  assert.deepEqual(parseLink('web'), { target: 'web', alias: 'web' });
  assert.deepEqual(parseLink('web:db'), { target: 'web', alias: 'db' });
  assert.deepEqual(parseLink('/web:/shop/db'), { target: 'web', alias: 'db' });
  assert.throws(() => parseLink('a:b:c'), /bad format for links: a:b:c/);
  assert.throws(() => parseLink(''), /empty string specified for links/);
});
